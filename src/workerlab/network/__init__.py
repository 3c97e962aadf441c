"""What stands in for the network between app and store: forwarded, held up, cut, dealt out."""
