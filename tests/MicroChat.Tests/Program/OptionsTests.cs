using MicroChat.Options;

namespace MicroChat.Tests.Program;

public sealed class OptionsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("microchat-options-").FullName;
    private readonly Dictionary<string, string> variables = [];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_command_line_wins_over_variables_and_these_over_the_file()
    {
        File.WriteAllText(Path.Combine(folder, "appsettings.json"), """
            { // a comment
              "server": { "port": 1, "maxconnections": 2, "draIN" : null, "DrainSeconds": 3, "AllowedHosts": ["a.example", "b.example"] }, }
            """.Replace("\"draIN\" : null, ", "", StringComparison.Ordinal));
        variables["MICROCHAT_Server__MaxConnections"] = "20";
        variables["MICROCHAT_SERVER__DRAINSECONDS"] = "30";
        variables["MICROCHAT_Server__AllowedHosts"] = "c.example";
        variables["MICROCHAT_TRACE"] = "1";
        AppOptions options = Read("Server:DrainSeconds=300", "Logging:Format=json", "Engine:StallLimit=00:01:00");
        Assert.Equal((1, 20, 300), (options.Server.Port, options.Server.MaxConnections, options.Server.DrainSeconds));
        Assert.Equal(["c.example"], options.Server.AllowedHosts);
        Assert.Equal(LogFormat.Json, options.Logging.Format);
        Assert.Equal(TimeSpan.FromMinutes(1), options.Engine.StallLimit);
    }

    [Fact]
    public void All_faults_are_listed_at_once_with_value_wish_and_remedy()
    {
        File.WriteAllText(Path.Combine(folder, "appsettings.json"), """{"Server":{"Prot":1,"Port":"many"},"Modell":{"Folder":"x"}}""");
        variables["MICROCHAT_Server__Address"] = "0.0.0.0";
        variables["MICROCHAT_SERVER_PORT"] = "80";
        variables["MICROCHAT_Server__ApiKeys"] = "short";
        string[] faults = [.. Faults("Server:DrainSeconds=-1", "nonsense")];
        Assert.Contains(faults, f => f.Contains("There is no option Server:Prot", StringComparison.Ordinal) && f.Contains("Did you mean \"Server:Port\"?", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.StartsWith("Server:Port is \"many\"", StringComparison.Ordinal) && f.Contains("from 0 to 65535", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("no option Modell:Folder", StringComparison.Ordinal) && f.Contains("Model:Folder\"?", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("SERVER_PORT", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.StartsWith("Server:DrainSeconds is \"-1\" (--set)", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.StartsWith("--set is \"nonsense\"", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("Server:OperatorKey is not set", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.StartsWith("Server:ApiKeys:0 has 5 characters", StringComparison.Ordinal) && !f.Contains("short", StringComparison.Ordinal));
        Assert.Equal(8, faults.Length);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[1]")]
    [InlineData("""{"Server":{"Port":1,"Port":2}}""")]
    public void A_file_that_is_no_object_of_sections_is_a_fault(string json)
    {
        File.WriteAllText(Path.Combine(folder, "appsettings.json"), json);
        Assert.Contains("appsettings.json", Assert.Single(Faults()), StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_are_not_shown()
    {
        variables["MICROCHAT_Server__OperatorKey"] = "a-very-long-secret";
        variables["MICROCHAT_Discord__Token"] = "another-secret";
        AppOptions options = Read("Server:Address=0.0.0.0");
        string shown = string.Join('\n', OptionField.All.Select(f => $"{f.Key} = {f.Show(options)}"));
        Assert.DoesNotContain("secret", shown, StringComparison.Ordinal);
        Assert.Contains("Server:Address = 0.0.0.0", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void A_map_takes_its_texts_by_name_from_every_layer()
    {
        File.WriteAllText(Path.Combine(folder, "appsettings.json"), """{"Personas":{"Default":"Be brief.","Places":{"12":"You are a pirate.","13":"You, too."}}}""");
        variables["MICROCHAT_Personas__Places__13"] = "You are a poet, and a short one.";
        AppOptions options = Read("Personas:Places:14=");
        Assert.Equal(
            new Dictionary<string, string> { ["12"] = "You are a pirate.", ["13"] = "You are a poet, and a short one.", ["14"] = "" }, options.Personas.Places);
        Assert.Contains("Personas:Places:NAME", Assert.Single(Faults("Personas:Places=all")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_repositorys_file_holds_every_option_with_its_default()
    {
        var faults = new List<string>();
        OptionSetting[] settings = [.. OptionSources.File(Path.Combine(Repository.Root, "appsettings.json"), faults)];
        AppOptions read = OptionsReader.Bind([settings], faults);
        Assert.Empty(faults);
        foreach (OptionField field in OptionField.All.Where(f => !f.IsSecret))
        {
            Assert.Equal(field.Show(new AppOptions()), field.Show(read));
            Assert.Contains(settings, s => s.Key == field.Key);
        }
    }

    private AppOptions Read(params string[] assignments)
    {
        var faults = new List<string>();
        OptionSetting[] given = [.. OptionSources.Assignments(assignments, faults)];
        return OptionsReader.Read(Context(), null, given, faults);
    }

    private IReadOnlyList<string> Faults(params string[] assignments) =>
        Assert.Throws<OptionsException>(() => Read(assignments)).Faults;

    private ProgramContext Context() => new()
    {
        Terminal = new FakeTerminal(),
        Time = TimeProvider.System,
        BaseFolder = folder,
        Variable = variables.GetValueOrDefault,
        VariableNames = () => variables.Keys,
        LoadModel = _ => throw new InvalidOperationException("No model is wanted."),
        NewSeed = () => 1,
        DataFolder = folder,
    };
}
