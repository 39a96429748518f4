using System.CommandLine;
using MicroChat.Diagnosis;

namespace MicroChat.Verbs;

/// <summary><c>doctor</c>: looks for what commonly goes wrong and says how to mend it.</summary>
internal static class DoctorVerb
{
    public static Verb Create(ProgramContext program)
    {
        var model = new Option<string?>("--model")
        {
            HelpName = "folder",
            Description = "Folder of the model to look at. Default: the embedded model in models/.",
        };
        var verb = new Verb("doctor", "Check this machine and the model folder, and say how to mend what is wrong. Exit code 1: something is.")
        {
            Examples = [$"{CommandLine.Name} doctor", $"{CommandLine.Name} doctor --model my-model"],
        };
        verb.Options.Add(model);
        verb.SetAction(parsed =>
        {
            List<Finding> findings = [.. SystemChecks.Run(program), .. HostChecks.Run(program), .. DiscordChecks.Run(program), .. ModelChecks.Run(program, parsed.GetValue(model))];
            foreach (Finding finding in findings)
            {
                program.Terminal.Output.WriteLine(finding);
            }
            int failures = findings.Count(f => f.Health == Health.Broken);
            program.Terminal.Output.WriteLine(failures == 0 ? "Everything needed is here." : $"{failures} of {findings.Count} checks failed.");
            return failures == 0 ? ExitCode.Ok : ExitCode.Failure;
        });
        return verb;
    }
}
