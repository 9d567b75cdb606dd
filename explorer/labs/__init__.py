"""The pieces of the lab pages: each page explains one idea of the course, computed live."""
