"""What two people say and do in their space: messages, promises, questions, sessions."""
