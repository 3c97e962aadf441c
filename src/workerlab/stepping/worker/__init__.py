"""The code in the worker, beside the app: it holds a request at the app's own lines."""
