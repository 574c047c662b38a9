"""Shells that complete the command line: the script of each, what it asks, and the form of the answers.

Click's own, mended where a word holds ``:``, ``=`` or ``,``: bash cuts words there, and wants back only what stands
behind the cut; fish dropped what stood behind a comma; and zsh wrote a space behind ``loss=``, where a value follows.
"""

import os

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

LINE = "_GANZOO_LINE"  # the command line up to the cursor
WORD = "_GANZOO_WORD"  # the part of its last word that bash replaces
SHELLS = ("bash", "zsh", "fish")

_BASH = r"""%(complete_func)s() {
    local response type value
    COMPREPLY=()
    response=$(
        env _GANZOO_LINE="${COMP_LINE:0:COMP_POINT}" _GANZOO_WORD="$2" %(complete_var)s=bash_complete "$1" 2> /dev/null
    )
    while IFS=, read -r type value; do
        case $type in
            plain) COMPREPLY+=("$value") ;;
            dir) compopt -o dirnames 2> /dev/null ;;
            file) compopt -o default 2> /dev/null ;;
        esac
    done <<< "$response"
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=.:/] ]]; then
        compopt -o nospace 2> /dev/null
    fi
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_ZSH = r"""#compdef %(prog_name)s

%(complete_func)s() {
    local -a response described plain open
    local type key descr answer
    (( ! $+commands[%(prog_name)s] )) && return 1

    answer=$(
        env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) %(complete_var)s=zsh_complete %(prog_name)s 2> /dev/null
    )
    response=("${(@f)answer}")

    for type key descr in ${response}; do
        case $type in
            plain)
                if [[ "$key" == *[=.:] ]]; then
                    open+=("$key")
                elif [[ "$descr" == "_" ]]; then
                    plain+=("$key")
                else
                    described+=("${key//:/\\:}:$descr")
                fi
                ;;
            dir) _path_files -/ ;;
            file) _path_files -f ;;
        esac
    done

    (( $#described )) && _describe -V unsorted described -U
    (( $#plain )) && compadd -U -V unsorted -a plain
    (( $#open )) && compadd -U -S '' -V unsorted -a open
    return 0
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH = r"""function %(complete_func)s;
    set -lx COMP_WORDS (commandline -cp);
    set -lx COMP_CWORD (commandline -t);
    set -l response (env %(complete_var)s=fish_complete %(prog_name)s 2> /dev/null);

    for completion in $response;
        set -l metadata (string split -m 1 "," $completion);

        if test $metadata[1] = "dir";
            __fish_complete_directories $metadata[2];
        else if test $metadata[1] = "file";
            __fish_complete_path $metadata[2];
        else if test $metadata[1] = "plain";
            echo $metadata[2];
        end;
    end;
end;

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)";
"""


class _Joined(ShellComplete):
    """Completion that knows the words before an option, and gives ``--data=digits`` for ``--data=dig``."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Give what may stand for the whole word.

        Args:
            args: the words before it.
            incomplete: the word as far as it is written.
        """
        option, equals, _ = incomplete.partition("=")
        if equals and option.startswith("-"):
            items = super().get_completions(args, incomplete)
            for item in items:
                if item.type == "plain" and not item.value.startswith(option):
                    item.value = f"{option}={item.value}"
            return items
        last = args[-1] if args else ""
        if last.startswith("-") and last != "--" and "=" not in last:
            # An option without its value is an error to click, which then forgets all words before it.
            return super().get_completions(args[:-1], f"{last}={incomplete}")
        return super().get_completions(args, incomplete)


class Bash(_Joined, BashComplete):
    """Completion for bash, which cuts words at the characters of ``COMP_WORDBREAKS``."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """Give the words before the last one, and the last one whole; both are taken from the line."""
        if LINE not in os.environ:  # from a script that click's own class wrote
            return super().get_completion_args()
        words = split_arg_string(os.environ[LINE] + "|")  # a mark, which stands alone behind a space
        return words[1:-1], words[-1][:-1]

    def format_completion(self, item: CompletionItem) -> str:
        """Give what stands behind the last place where bash cut the word."""
        whole = self.get_completion_args()[1]
        asked = (split_arg_string(os.environ.get(WORD, whole)) or [""])[0]
        kept = whole.removesuffix(asked) if whole.endswith(asked) else ""
        return f"{item.type},{str(item.value).removeprefix(kept)}"


class Zsh(_Joined, ZshComplete):
    """Completion for zsh."""

    source_template = _ZSH

    def format_completion(self, item: CompletionItem) -> str:
        """Give three lines: the type, the word as it is, and what it means; the script escapes colons."""
        meaning = " ".join((item.help or "").split())
        return f"{item.type}\n{item.value}\n{meaning or '_'}"


class Fish(_Joined, FishComplete):
    """Completion for fish."""

    source_template = _FISH

    def format_completion(self, item: CompletionItem) -> str:
        """Give the type, the word and what it means, in one line."""
        meaning = " ".join((item.help or "").split())
        return f"{item.type},{item.value}" + (f"\t{meaning}" if meaning else "")


def take_over() -> None:
    """Let click use these classes for their shells."""
    for cls in (Bash, Zsh, Fish):
        add_completion_class(cls)
