"""What a release is made of: its packages and their licences, its bill of materials, its wheel, its signed notes."""
