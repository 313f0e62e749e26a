# bash completion of traject. What may come next is said by `traject complete`; here it is about quoting alone.
# shellcheck shell=bash

# Reads a word that is typed so far as the shell would, but expands and runs nothing in it. Sets `plain` to what it
# says, and `quote` to the quote that is open at its end.
_traject_unquote() {
    local word=$1 i character
    plain='' quote=''
    for ((i = 0; i < ${#word}; i++)); do
        character=${word:i:1}
        case $quote$character in
            \'\' | \"\") quote='' ;;
            \' | \") quote=$character ;;
            \'?) plain+=$character ;;
            \"\\)
                ((++i))
                [[ ${word:i:1} == [\$\`\"\\] ]] || plain+=\\
                plain+=${word:i:1}
                ;;
            \\)
                ((++i))
                plain+=${word:i:1}
                ;;
            *) plain+=$character ;;
        esac
    done
}

_traject() {
    local rest=${COMP_LINE:0:COMP_POINT} stripped word plain quote i line value words=() typed=()
    local values=() descriptions=()
    COMPREPLY=()
    # What bash has cut at a colon or an equals sign, without a blank between, is one word.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        stripped=${rest#"${rest%%[![:space:]]*}"}
        word=${COMP_WORDS[i]:0:${#stripped}}
        if ((i)) && [[ $stripped == "$rest" ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
        rest=${stripped:${#word}}
    done
    for word in "${words[@]}"; do
        _traject_unquote "$word"
        typed+=("$plain")
    done
    ((${#typed[@]} > 1)) || return
    while IFS= read -r line; do
        if [[ $line == $'\tfiles' ]]; then
            compopt -o default
            continue
        fi
        values+=("${line%%$'\t'*}")
        if [[ $line == *$'\t'* ]]; then descriptions+=("${line#*$'\t'}"); else descriptions+=(''); fi
    done < <("${typed[0]}" complete -- "${typed[@]:1}" 2>/dev/null)

    # readline puts what is chosen in the place of $2 alone, which it may have cut at a quote or a colon.
    _traject_unquote "${words[-1]%"$2"}"
    for i in "${!values[@]}"; do
        value=${values[i]}
        [[ ${value,,} == "${plain,,}"* ]] || continue
        value=${value:${#plain}}
        case $quote in
            \') value=${value//\'/\'\\\'\'} ;;
            \")
                # Between these an exclamation mark cannot be kept from being one of the history.
                [[ $value != *!* ]] || continue
                value=${value//\\/\\\\} value=${value//\"/\\\"} value=${value//\$/\\\$} value=${value//\`/\\\`}
                ;;
            *) [[ -z $value ]] || printf -v value %q "$value" ;;
        esac
        # In a list that is only looked at, with what they are.
        if ((COMP_TYPE == 63 && ${#values[@]} > 1)) && [[ -n ${descriptions[i]} ]]; then
            value+="  (${descriptions[i]})"
        fi
        COMPREPLY+=("$value")
    done
    # Clients are found by their names too: of several none is chosen, and the name stays.
    if ((${#COMPREPLY[@]} > 1)) && [[ ${values[0],,} != "${typed[-1],,}"* ]]; then
        COMPREPLY+=(' ')
    fi
}

complete -F _traject traject
