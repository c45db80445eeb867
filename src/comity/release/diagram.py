"""Functions of a class as decision diagrams: one node for one way in which the rest of the axes still matters.

Axes stand in one order; a node asks one axis and has a child for each of its values. Equal functions are one node, so
two of them are compared by their numbers, and what is true of millions of classes is a few hundred nodes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Node = int
LEAF = 1_000
"""The place of what asks no axis any more: after all of them."""

WORK = 200_000_000
"""Steps of one comparison at most: seven times what our largest text of two parties takes, and a minute or two."""

Cube = Mapping[int, frozenset[int]]
"""Some values of some axes, by their places; an axis that is not named may be anything."""


class TooManyNodes(Exception):
    """A comparison that needs more than `Diagrams.limit` nodes, or more than `WORK` steps."""


class Diagrams:
    """All the functions of one comparison over the same axes. `sizes`: how many values each axis has."""

    def __init__(self, sizes: Sequence[int], limit: int = 2_000_000) -> None:
        self.sizes = tuple(sizes)
        self.limit = limit
        self.steps = 0
        self._nodes: list[tuple[int, Any]] = []
        self._known: dict[tuple[int, Any], Node] = {}
        self._only: dict[tuple[Node, Node, frozenset[int]], Node] = {}

    def leaf(self, value: Any) -> Node:
        """The function that is `value` everywhere."""
        return self._made((LEAF, (type(value), value)))

    def node(self, axis: int, children: tuple[Node, ...]) -> Node:
        """`children[place]` for each value of an axis that stands before all axes that they ask."""
        first = children[0]
        return first if all(child == first for child in children) else self._made((axis, children))

    def _made(self, said: tuple[int, Any]) -> Node:
        found = self._known.get(said)
        if found is None:
            if len(self._nodes) >= self.limit:
                raise TooManyNodes
            found = self._known[said] = len(self._nodes)
            self._nodes.append(said)
        return found

    def axis(self, node: Node) -> int:
        return self._nodes[node][0]

    def value(self, node: Node) -> Any:
        """What a leaf says."""
        return self._nodes[node][1][1]

    def child(self, node: Node, axis: int, place: int) -> Node:
        """The function where `axis` has this value; no axis before it is asked any more."""
        own, children = self._nodes[node]
        return children[place] if own == axis else node

    def at(self, node: Node, places: Sequence[int]) -> Any:
        """What it says of one class, given as a place on every axis."""
        while self.axis(node) != LEAF:
            axis, children = self._nodes[node]
            node = children[places[axis]]
        return self.value(node)

    def picked(self, picks: Node, children: Sequence[Node]) -> Node:
        """Where `picks` says `place`: `children[place]`."""
        few = list(dict.fromkeys(children))
        if len(few) == 1:
            return few[0]
        axis, own = self._nodes[picks]
        if axis < min(map(self.axis, few)) and all(self.axis(one) == LEAF for one in own):
            return self.node(axis, tuple(children[self.value(one)] for one in own))
        which = [few.index(child) for child in children]
        done: dict[tuple[Node, ...], Node] = {}

        def at(nodes: tuple[Node, ...]) -> Node:
            found = done.get(nodes)
            if found is not None:
                return found
            picks, *left = nodes
            if self.axis(picks) == LEAF:
                found = left[which[self.value(picks)]]
            elif all(one == left[0] for one in left):
                found = left[0]
            else:
                axis, rows = self._rows(nodes)
                found = self.node(axis, tuple(map(at, rows)))
            done[nodes] = found
            return found

        return at((picks, *few))

    def work(self, steps: int) -> None:
        """Count what a comparison took. Raises `TooManyNodes` where it is more than `WORK`."""
        self.steps += steps
        if self.steps > WORK:
            raise TooManyNodes

    def _rows(self, nodes: tuple[Node, ...]) -> tuple[int, Iterator[tuple[Node, ...]]]:
        """The first axis that any of them asks, and for each of its values what is left of them."""
        known = [self._nodes[node] for node in nodes]
        axis = min(own for own, _ in known)
        size = self.sizes[axis]
        self.work(size)
        columns = (
            children if own == axis else (node,) * size for node, (own, children) in zip(nodes, known, strict=True)
        )
        return axis, zip(*columns, strict=True)

    def only(self, function: Node, picks: Node, places: frozenset[int]) -> Node:
        """The function where `picks` says one of these places, and false elsewhere."""
        key = function, picks, places
        if key not in self._only:
            among = self.combined(places.__contains__, picks)
            self._only[key] = self.combined(lambda said, here: said if here else False, function, among)
        return self._only[key]

    def combined(self, say: Callable[..., Any], *functions: Node) -> Node:
        """What `say` makes of what each of them says, class by class."""
        done: dict[tuple[Node, ...], Node] = {}

        def at(nodes: tuple[Node, ...]) -> Node:
            found = done.get(nodes)
            if found is None:
                if all(self.axis(node) == LEAF for node in nodes):
                    found = self.leaf(say(*map(self.value, nodes)))
                else:
                    axis, rows = self._rows(nodes)
                    found = self.node(axis, tuple(map(at, rows)))
                done[nodes] = found
            return found

        return at(functions)

    def fixed(self, function: Node, axis: int, place: int) -> Node:
        """The function as if `axis` always had this value."""
        done: dict[Node, Node] = {}

        def at(node: Node) -> Node:
            if node not in done:
                own, children = self._nodes[node]
                if own > axis:
                    done[node] = node
                elif own == axis:
                    done[node] = children[place]
                else:
                    done[node] = self.node(own, tuple(map(at, children)))
            return done[node]

        return at(function)

    def values(self, function: Node) -> list[Any]:
        """Everything that it says anywhere, in the order in which the first classes say it."""
        seen: set[Node] = set()
        found: list[Any] = []

        def walk(node: Node) -> None:
            if node not in seen:
                seen.add(node)
                if self.axis(node) == LEAF:
                    found.append(self.value(node))
                else:
                    for child in self._nodes[node][1]:
                        walk(child)

        walk(function)
        return found

    def where(self, function: Node, value: Any) -> Node:
        """Whether it says just this."""
        return self.combined(lambda said: said == value, function)

    def size(self, function: Node) -> int:
        """How many nodes it has."""
        seen: set[Node] = set()
        left = [function]
        while left:
            node = left.pop()
            if node not in seen:
                seen.add(node)
                left += self._nodes[node][1] if self.axis(node) != LEAF else ()
        return len(seen)

    def first(self, function: Node) -> dict[int, int] | None:
        """The first class of which it says true, by the axes that it asks; `None` where there is none."""
        empty: set[Node] = set()

        def at(node: Node) -> dict[int, int] | None:
            if self.axis(node) == LEAF:
                return {} if self.value(node) else None
            if node in empty:
                return None
            axis, children = self._nodes[node]
            for place, child in enumerate(children):
                found = at(child)
                if found is not None:
                    return {axis: place, **found}
            empty.add(node)
            return None

        return at(function)

    def all_in(self, cube: Cube, function: Node) -> bool:
        """Whether it says true of every class of the cube."""
        done: dict[Node, bool] = {}

        def at(node: Node) -> bool:
            if node not in done:
                axis, children = self._nodes[node]
                if axis == LEAF:
                    done[node] = bool(children[1])
                else:
                    places = cube.get(axis) or range(self.sizes[axis])
                    done[node] = all(at(children[place]) for place in places)
            return done[node]

        return at(function)

    def any_in(self, cube: Cube, function: Node) -> bool:
        """Whether it says true of any class of the cube."""
        empty: set[Node] = set()

        def at(node: Node) -> bool:
            axis, children = self._nodes[node]
            if axis == LEAF:
                return bool(children[1])
            if node in empty:
                return False
            places = cube.get(axis)
            if any(map(at, children if places is None else [children[place] for place in places])):
                return True
            empty.add(node)
            return False

        return at(function)

    def without(self, function: Node, cube: Cube) -> Node:
        """The function, and false in the cube."""
        outside = self.leaf(False)
        for axis in sorted(cube, reverse=True):
            outside = self.node(
                axis, tuple(outside if place in cube[axis] else self.leaf(True) for place in range(self.sizes[axis]))
            )
        return self.combined(lambda said, left: bool(said and left), function, outside)

    def cover(self, function: Node, allowed: Node) -> Iterator[Cube]:
        """As few and as wide cubes as one greedy look finds, that hold every class of which `function` is true and none
        of which `allowed` is not.

        They may overlap. Each is as wide as it can be: no value can be added to it.
        """
        left = function
        while (found := self.first(left)) is not None:
            cube = self._widened({axis: frozenset({place}) for axis, place in found.items()}, allowed)
            yield cube
            left = self.without(left, cube)

    def _widened(self, cube: dict[int, frozenset[int]], allowed: Node) -> Cube:
        """The last axes are left out first: what comes first in the order is read first."""
        for axis in sorted(cube, reverse=True):
            rest = {name: places for name, places in cube.items() if name != axis}
            cube = rest if self.all_in(rest, allowed) else cube
        for axis in sorted(cube, reverse=True):
            for place in range(self.sizes[axis]):
                wider = {**cube, axis: cube[axis] | {place}}
                if place not in cube[axis] and self.all_in(wider, allowed):
                    cube = wider
        return cube
