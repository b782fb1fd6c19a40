#compdef git-hotfix
#description production hotfixes, from the branch to the clean-up

local line text
local -a words_found
while IFS= read -r line; do
	text=${line#*$'\t'}
	words_found+=("${${line%%$'\t'*}//:/\\:}${text:+:$text}")
done < <(git hotfix --complete "${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)
if (( $#words_found )); then
	_describe -V 'git hotfix' words_found -U
else
	_files
fi
