# Completion of 'git hotfix' for fish, read when a shell begins (conf.d): before 3.7 git's own looks for no other file.

function __git_hotfix_offered
	set -l words (commandline -opc)
	if not string match -q '*git-hotfix' -- $words[1]
		argparse -s (__fish_git_global_optspecs) -- $words[2..]
		set words $argv
	end
	set -l found (git hotfix --complete $words[2..] (commandline -ct) 2>/dev/null)
	if set -q found[1]
		printf '%s\n' $found
	else
		__fish_complete_path (commandline -ct)
	end
end

complete -c git-hotfix -f -a '(__git_hotfix_offered)'
complete -c git -n '__fish_git_using_command hotfix' -f -a '(__git_hotfix_offered)'
