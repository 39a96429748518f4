using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;

namespace MicroChat.Verbs;

/// <summary><c>version</c>: the program's version and what it runs on.</summary>
internal static class VersionVerb
{
    public static Verb Create(ProgramContext program)
    {
        var verb = new Verb("version", "Show the version of the program, of .NET and of the system.")
        {
            Examples = [$"{CommandLine.Name} version"],
        };
        verb.SetAction(_ =>
        {
            program.Terminal.Output.WriteLine(
                $"MicroChat {ProgramVersion} · {RuntimeInformation.FrameworkDescription} · {RuntimeInformation.OSDescription} · {RuntimeInformation.ProcessArchitecture}");
            return ExitCode.Ok;
        });
        return verb;
    }

    /// <summary>The version this program was built as, without the commit.</summary>
    public static string ProgramVersion { get; } =
        typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
