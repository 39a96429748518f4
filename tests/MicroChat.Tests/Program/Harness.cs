using MicroChat.Tests.Chat;
using MicroChat.Verbs;

namespace MicroChat.Tests.Program;

/// <summary>The whole program around a fake terminal, a fake model and a folder of its own.</summary>
internal sealed class Harness : IDisposable
{
    public Harness() => File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "models")).FullName, "config.json"), "{}");

    public string Folder { get; } = Directory.CreateTempSubdirectory("microchat-test-").FullName;

    public FakeGenerator Generator { get; set; } = new();

    public FakeTerminal Terminal { get; set; } = new();

    public string Output => Terminal.Out.ToString();

    public string Errors => Terminal.Err.ToString();

    public string Feedback => Path.Combine(Folder, "data", "feedback.db");

    public ProgramContext Context => new()
    {
        Terminal = Terminal,
        Time = TimeProvider.System,
        BaseFolder = Folder,
        Variable = name => name.StartsWith("DOTNET_", StringComparison.Ordinal) ? Environment.GetEnvironmentVariable(name) : null,
        LoadModel = _ => Generator,
        NewSeed = () => 1234,
        DataFolder = Path.Combine(Folder, "data"),
    };

    public Task<int> RunAsync(params string[] args)
    {
        ProgramContext program = Context;
        return CommandLine.RunAsync(program, args,
            [ChatVerb.Create(program), AskVerb.Create(program), ServeVerb.Create(program), TrainVerb.Create(program), EvalVerb.Create(program), FeedbackVerb.Create(program), DiscordVerb.Create(program), DoctorVerb.Create(program), HealthVerb.Create(program), ModelVerb.Create(program), VersionVerb.Create(program)]);
    }

    public Task<int> ChatAsync(string input, params string[] options)
    {
        Terminal = new FakeTerminal { Input = new StringReader(input) };
        return RunAsync(["chat", .. options]);
    }

    public void Dispose()
    {
        Generator.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
