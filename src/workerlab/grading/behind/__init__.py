"""What stands behind a search: the same requests where no line of the app shows the step."""
