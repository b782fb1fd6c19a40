# Completion of 'git hotfix' for bash. git's own completion loads this file, or calls what it defines.

_git_hotfix ()
{
	local at=$((${__git_cmd_idx:-1} + 1)) line word
	COMPREPLY=()
	while IFS= read -r line; do
		printf -v word %q "${line%%$'\t'*}"
		COMPREPLY+=("$word ")
	done < <(__git hotfix --complete "${words[@]:at:cword-at}" "$cur" 2>/dev/null)
}
