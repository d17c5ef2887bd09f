// The part of completion that a shell has to do itself: it hands the words to `stator complete`, and completes names of files.
// The program is called as it was typed. An answer is a line that says its kind, and then a word a line, a tab, a description.

export const shells = ['bash', 'zsh', 'fish'] as const

// Bash breaks words at = and : as well; what stands together in the line is one word here. A reply replaces only what
// follows the last break.
const bash = `# Completion of stator for bash.

_stator() {
    local rest=$COMP_LINE current=\${COMP_WORDS[COMP_CWORD]} kind value prefix=
    local -a words lines
    local -i i
    COMPREPLY=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        value=\${COMP_WORDS[i]}
        if ((i > 0)) && [[ -n $value && $rest == "$value"* ]]; then
            words[\${#words[@]}-1]+=$value
        else
            words+=("$value")
        fi
        rest=\${rest#"\${rest%%[![:space:]]*}"}
        rest=\${rest#"$value"}
    done
    if [[ $current == [=:] ]]; then
        current=
    elif [[ $current == --*=* ]]; then
        prefix=\${current%%=*}=
        current=\${current#*=}
    fi
    mapfile -t lines < <("\${words[0]/#\\~\\//$HOME/}" complete bash -- "\${words[@]:1}" 2>/dev/null)
    kind=\${lines[0]-}
    case $kind in
        files | folders)
            compopt -o filenames 2>/dev/null
            if [[ $kind == folders ]]; then
                mapfile -t COMPREPLY < <(compgen -d -- "$current")
            else
                mapfile -t COMPREPLY < <(compgen -f -- "$current")
            fi
            ;;
        words)
            for value in "\${lines[@]:1}"; do
                value=\${value%%$'\\t'*}
                [[ $value == "$current"* ]] && COMPREPLY+=("$prefix$value")
            done
            ;;
    esac
}

complete -F _stator stator
`

const zsh = `#compdef stator
# Completion of stator for zsh.

_stator() {
    local -a lines described
    local line
    lines=("\${(@f)$("\${\${(Q)words[1]}/#\\~\\//$HOME/}" complete zsh -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
    [[ $PREFIX == --*=* ]] && compset -P '*='
    case $lines[1] in
        files) _files ;;
        folders) _files -/ ;;
        words)
            for line in "\${(@)lines[2,-1]}"; do
                described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
            done
            _describe -V stator described
            ;;
    esac
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _stator "$@"
else
    compdef _stator stator
fi
`

const fish = `# Completion of stator for fish.

function __stator_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r -- '^~/' $HOME/ $words[1])
    set -e words[1]
    set -l lines ($program complete fish -- $words "$current" 2>/dev/null)
    set -l prefix (string match -r -- '^--[^=]+=' $current)
    set -l rest (string replace -r -- '^--[^=]+=' '' $current)
    switch "$lines[1]"
        case files
            __fish_complete_path $rest | string replace -r -- '^' "$prefix"
        case folders
            __fish_complete_directories $rest | string replace -r -- '^' "$prefix"
        case words
            set -e lines[1]
            string replace -r -- '^' "$prefix" $lines
    end
end

complete -c stator -f -a '(__stator_complete)'
`

export const completionScripts: Readonly<Record<(typeof shells)[number], string>> = { bash, zsh, fish }
