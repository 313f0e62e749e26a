# fish completion of traject. What may come next is said by `traject complete`, quoting is fish's.

function __traject_complete
    set -l typed (commandline -opc)
    set -l word (commandline -ct | string collect)
    # A word whose quote is not closed yet is none that fish could read.
    if string unescape -- "$word" &>/dev/null
        set word (string unescape -- "$word" | string collect)
    else
        set word (string trim -l -c '\'"' -- "$word")
    end
    for line in ($typed[1] complete -- $typed[2..-1] "$word" 2>/dev/null)
        if test "$line" = \t"files"
            __fish_complete_path "$word"
        else
            echo $line
        end
    end
end

complete -c traject -f -a '(__traject_complete)'
