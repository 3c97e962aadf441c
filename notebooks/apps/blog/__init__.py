"""A small blog in the layout of many public FastAPI projects: routers, dependencies, PostgreSQL."""
