"""What a person types. Each file is one group of commands; nothing here can do what the desk could not."""
