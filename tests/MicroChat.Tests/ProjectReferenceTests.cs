using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using MicroChat.Adapters;

namespace MicroChat.Tests;

/// <summary>Who may use whom, and where versions stand; read from the project files themselves.</summary>
public sealed class ProjectReferenceTests
{
    /// <summary>What each project may refer to. A new project must be entered here.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["MicroChat.Kernels"] = [],
        ["MicroChat.Model"] = ["MicroChat.Kernels"],
        ["MicroChat.Training"] = ["MicroChat.Kernels", "MicroChat.Model"],
        ["MicroChat.Chat"] = ["MicroChat.Kernels", "MicroChat.Model"],
        ["MicroChat.Feedback"] = [],
        ["MicroChat.Discord"] = ["MicroChat.Chat", "MicroChat.Feedback"],
        ["MicroChat.Discord.Simulator"] = [],
        ["MicroChat"] = ["MicroChat.Kernels", "MicroChat.Model", "MicroChat.Training", "MicroChat.Chat", "MicroChat.Feedback", "MicroChat.Discord", "MicroChat.Discord.Simulator"],
        ["MicroChat.Torch"] = ["MicroChat.Kernels", "MicroChat.Model"],
        ["MicroChat.DiscordNet"] = ["MicroChat.Discord"],
        ["MicroChat.MLTokenizers"] = ["MicroChat.Model"],
    };

    /// <summary>Projects that only the Full profile builds, and the file that alone may refer to them.</summary>
    private static readonly string[] Optional = ["MicroChat.Torch", "MicroChat.DiscordNet", "MicroChat.MLTokenizers"];

    private const string FullReferences = "src/MicroChat/Adapters/Full.props";

    private static readonly Regex Forbidden = new("^(Discord\\.Net.*|TorchSharp.*|libtorch.*|Microsoft\\.ML\\.Tokenizers.*)$", RegexOptions.IgnoreCase);

    private static readonly Regex Exact = new(@"^\d+(\.\d+){1,3}(-[0-9A-Za-z.-]+)?$");

    public static TheoryData<string> Projects =>
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories).Select(Relative).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void References_follow_the_arrows_of_the_design(string project)
    {
        string name = Path.GetFileNameWithoutExtension(project);
        Assert.True(Allowed.ContainsKey(name), $"{project} is not listed in {nameof(ProjectReferenceTests)}.{nameof(Allowed)}; enter what it may refer to.");
        string[] against = [.. References(project).Except(Allowed[name])];
        Assert.True(against.Length == 0, $"{project} refers to {string.Join(", ", against)}, against the design's arrows; move the code that needs it.");
    }

    [Fact]
    public void Versions_are_exact_and_stand_in_one_file()
    {
        foreach (XElement package in Load("Directory.Packages.props").Descendants("PackageVersion"))
        {
            string version = package.Attribute("Version")!.Value;
            Assert.True(Exact.IsMatch(version), $"Directory.Packages.props: {package.Attribute("Include")!.Value} has the version \"{version}\"; pin one exact version.");
        }
        foreach (string file in AllProjectFiles())
        {
            foreach (XElement package in Load(file).Descendants("PackageReference"))
            {
                Assert.True(package.Attribute("Version") is null && package.Attribute("VersionOverride") is null && package.Element("Version") is null,
                    $"{file}: {package.Attribute("Include")?.Value} states a version; it belongs into Directory.Packages.props.");
            }
        }
    }

    [Fact]
    public void Projects_of_the_solution_never_need_the_optional_packages()
    {
        string solution = File.ReadAllText(Path.Combine(Repository.Root, "MicroChat.sln"));
        string[] projects = [.. Regex.Matches(solution, "\"([^\"]+\\.csproj)\"").Select(m => m.Groups[1].Value.Replace('\\', '/'))];
        Assert.NotEmpty(projects);
        foreach (string project in projects)
        {
            Assert.DoesNotContain(Path.GetFileNameWithoutExtension(project), Optional);
            Assert.DoesNotContain(References(project), Optional.Contains);
            foreach (XElement package in Load(project).Descendants("PackageReference"))
            {
                string name = package.Attribute("Include")?.Value ?? "";
                Assert.False(Forbidden.IsMatch(name), $"{project} refers to {name}, which the default build must not need; use it in an optional adapter.");
            }
        }
    }

    [Fact]
    public void Only_the_full_profile_imports_the_references_to_the_adapters()
    {
        Assert.Empty(References(FullReferences).Except(Optional));
        foreach (string project in AllProjectFiles())
        {
            foreach (XElement import in Load(project).Descendants("Import"))
            {
                Assert.Equal((FullReferences, "'$(Profile)' == 'Full'"),
                    ($"{Path.GetDirectoryName(project)!.Replace('\\', '/')}/{import.Attribute("Project")!.Value}", import.Attribute("Condition")?.Value));
            }
        }
    }

    [Fact]
    public void What_was_restored_for_the_portable_build_holds_no_optional_package()
    {
        string[] assets = [.. AllProjectFiles().Where(p => !Optional.Contains(Path.GetFileNameWithoutExtension(p)))
            .Select(p => Path.Combine(Repository.Root, Path.GetDirectoryName(p)!, "obj", "project.assets.json")).Where(File.Exists)];
        if (assets.Length == 0)
        {
            Assert.Skip("The Portable profile was not restored here.");
        }
        foreach (string file in assets)
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
            string[] restored = [.. json.RootElement.GetProperty("libraries").EnumerateObject().Select(l => l.Name.Split('/')[0])];
            Assert.DoesNotContain(restored, name => Forbidden.IsMatch(name) || Optional.Contains(name));
        }
    }

    [Fact]
    public void Beside_a_portable_program_lies_no_optional_library()
    {
        if (BuiltInAdapters.Profile != "Portable")
        {
            Assert.Skip("This is a build of the Full profile.");
        }
        string[] names = [.. Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Select(f => Path.GetFileNameWithoutExtension(f))];
        Assert.Contains("MicroChat.Discord", names);
        Assert.DoesNotContain(names, name => Forbidden.IsMatch(name) || Optional.Contains(name));
    }

    [Fact]
    public void The_readme_names_every_project_and_top_level_entry()
    {
        string path = Path.Combine(Repository.Root, "README.md");
        if (!File.Exists(path))
        {
            Assert.Skip("README.md does not exist yet.");
        }
        string readme = File.ReadAllText(path);
        string[] ignored = [".git", ".vs", ".idea", "artifacts", "runs", "bin", "obj", "TestResults", "README.md"];
        IEnumerable<string> entries = Directory.GetFileSystemEntries(Repository.Root).Select(e => Path.GetFileName(e)).Except(ignored);
        IEnumerable<string> projects = AllProjectFiles().Select(f => Path.GetFileNameWithoutExtension(f));
        string[] missing = [.. entries.Concat(projects).Where(name => !Regex.IsMatch(readme, $@"(?<![\w.]){Regex.Escape(name)}(?![\w]|\.\w)"))];
        Assert.True(missing.Length == 0, $"README.md does not name {string.Join(", ", missing)}; add a line for each to its tree.");
    }

    private static IEnumerable<string> References(string project) => Load(project).Descendants("ProjectReference")
        .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));

    private static IEnumerable<string> AllProjectFiles() => new[] { "src", "tests" }
        .SelectMany(f => Directory.GetFiles(Path.Combine(Repository.Root, f), "*.csproj", SearchOption.AllDirectories)).Select(Relative);

    private static XDocument Load(string relative) => XDocument.Load(Path.Combine(Repository.Root, relative));

    private static string Relative(string path) => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');
}
