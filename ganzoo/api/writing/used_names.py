"""Names that a statement uses and does not define, by Python's own symbol tables."""

import ast
import symtable
from collections.abc import Iterator


class WithoutAnnotations(ast.NodeTransformer):
    """Drops annotations, which are never evaluated where they are postponed."""

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Drop that of a parameter."""
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Drop that of what it returns, and all within."""
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Drop that of a variable."""
        node.annotation = ast.Constant(None)
        self.generic_visit(node)
        return node


def globals_of(text: str) -> set[str]:
    """Return the names that a statement reads and does not define itself."""
    top = symtable.symtable(text, "<class>", "exec")
    found = {one.get_name() for one in top.get_symbols() if one.is_referenced() and not one.is_assigned()}
    waiting = list(top.get_children())
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        found |= {one.get_name() for one in table.get_symbols() if one.is_global() and one.is_referenced()}
    own = {one.get_name() for one in top.get_symbols() if one.is_assigned()}
    return found - own


def chains_of(node: ast.AST) -> Iterator[list[str]]:
    """Give the attributes that are read of names: ``["scipy", "linalg", "sqrtm"]``."""
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute):
            text = ast.unparse(one)
            if all(step.isidentifier() for step in text.split(".")):
                yield text.split(".")
