"""Sets of images as users have them: folders, archives and ``.npz`` files, their classes and splits."""
