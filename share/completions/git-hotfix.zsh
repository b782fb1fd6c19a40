#compdef git-hotfix
#description production hotfixes, from the branch to the clean-up

local line
local -a words_found
while IFS= read -r line; do
	words_found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
done < <(git hotfix --complete "${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)
if (( $#words_found )); then
	_describe -V 'git hotfix' words_found -U
else
	_files
fi
