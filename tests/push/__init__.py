"""Push services: fakes that check what they are sent, and the senders, judged by independent implementations."""
