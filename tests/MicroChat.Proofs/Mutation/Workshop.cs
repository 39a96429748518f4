using System.Diagnostics;
using System.Xml.Linq;

namespace MicroChat.Proofs.Mutation;

/// <summary>One test of a run.</summary>
/// <param name="Method">Area.Class.Method below MicroChat.Tests.</param>
/// <param name="Passed">Whether it passed; a skipped test did not run and is not here.</param>
/// <param name="Words">What it wrote, and its failure's message.</param>
internal sealed record TestResult(string Method, bool Passed, string Words);

/// <summary>
/// A copy of the sources in a temporary folder in which mutants are built and tested. Only the mutated project is compiled anew: the tests are the
/// repository's own build, and get the mutated assembly in place of the healthy one.
/// </summary>
internal sealed class Workshop
{
    private const string Configuration = "Release", Framework = "net10.0", TestsProject = "MicroChat.Tests", Namespace = "MicroChat.Tests.";
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(20);
    private static readonly string[] s_buildFiles = ["MicroChat.sln", "Directory.Build.props", "Directory.Packages.props", "BannedSymbols.txt"];

    private readonly string _repository, _copy;

    public Workshop(string repository, string copy)
    {
        (_repository, _copy) = (repository, copy);
        Directory.CreateDirectory(copy);
    }

    private string TestsFolder => Path.Combine(_copy, "tests", TestsProject, "bin", Configuration, Framework);

    /// <summary>Brings the copy up to date: sources, golden numbers, and the built tests.</summary>
    /// <returns>What went wrong, or null.</returns>
    public string? Prepare()
    {
        if (Run("dotnet", _repository, "build", Path.Combine("tests", TestsProject), "-c", Configuration, "-v", "q", "-nodeReuse:false") is { Status: not 0 } tests)
        {
            return $"The tests do not build:\n{tests.Output}";
        }
        Array.ForEach(s_buildFiles, file => Mirror(Path.Combine(_repository, file), Path.Combine(_copy, file)));
        foreach (string project in new[] { "MicroChat.Kernels", "MicroChat.Model", "MicroChat.Training" })
        {
            MirrorFolder(Path.Combine("src", project), skipBuilds: true);
        }
        MirrorFolder(Path.Combine("tests", "golden"), skipBuilds: false);
        MirrorFolder(Path.GetRelativePath(_copy, TestsFolder), skipBuilds: false);
        return Run("dotnet", _copy, "build", ProjectFolder("MicroChat.Training"), "-c", Configuration, "-v", "q", "-nodeReuse:false", "-p:RunAnalyzers=false") is { Status: not 0 } built
            ? $"The sources do not build:\n{built.Output}" : null;
    }

    /// <summary>Text of a source file, as it is in the repository.</summary>
    public string Read(string file) => File.ReadAllText(Path.Combine(_repository, file));

    /// <summary>Changes files, builds what they belong to, and gives it to the tests.</summary>
    /// <returns>Why it does not build, or null.</returns>
    public string? Install(IReadOnlyDictionary<string, string> texts)
    {
        foreach ((string file, string text) in texts)
        {
            File.WriteAllText(Path.Combine(_copy, file), text);
        }
        foreach (string project in texts.Keys.Select(file => file.Split('/')[1]).Distinct())
        {
            if (Run("dotnet", _copy, "build", ProjectFolder(project), "-c", Configuration, "-v", "q", "-nodeReuse:false", "--no-restore", "--no-dependencies",
                "-p:RunAnalyzers=false", "-p:TreatWarningsAsErrors=false", "-p:UseSharedCompilation=true", "-p:SharedCompilationId=microchat-mutants") is { Status: not 0 } built)
            {
                return $"does not compile: {built.Output.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal))?.Trim()}";
            }
            string assembly = $"{project}.dll";
            File.Copy(Path.Combine(_copy, ProjectFolder(project), "bin", Configuration, Framework, assembly), Path.Combine(TestsFolder, assembly), overwrite: true);
        }
        return null;
    }

    /// <summary>Puts healthy sources and the healthy assemblies back.</summary>
    public void Restore(IReadOnlyDictionary<string, string> texts)
    {
        foreach ((string file, string text) in texts)
        {
            File.WriteAllText(Path.Combine(_copy, file), text);
            string assembly = $"{file.Split('/')[1]}.dll";
            File.Copy(Path.Combine(_repository, Path.GetRelativePath(_copy, TestsFolder), assembly), Path.Combine(TestsFolder, assembly), overwrite: true);
        }
    }

    /// <summary>Runs tests by their names.</summary>
    /// <param name="methods">Area.Class.Method each.</param>
    /// <param name="problem">Why there are no results, or null.</param>
    public List<TestResult> Test(IEnumerable<string> methods, out string? problem)
    {
        string report = Path.Combine(_copy, "results.xml");
        File.Delete(report);
        string[] filters = [.. methods.SelectMany(method => new[] { "-method", Namespace + method })];
        (int status, string output) = Run("dotnet", _copy, [Path.Combine(TestsFolder, TestsProject + ".dll"), .. filters, "-xml", report, "-parallel", "none", "-noColor"]);
        problem = File.Exists(report) ? null : $"the tests gave no results (status {status}): {output.Split('\n').LastOrDefault(line => line.Trim().Length > 0)?.Trim()}";
        return problem is null ? [.. XDocument.Load(report).Descendants("test").Where(test => (string?)test.Attribute("result") != "Skip").Select(Read)] : [];
    }

    private static TestResult Read(XElement test) => new(
        $"{test.Attribute("type")!.Value[Namespace.Length..]}.{test.Attribute("method")!.Value}", (string?)test.Attribute("result") == "Pass",
        $"{test.Element("output")?.Value}\n{test.Element("failure")?.Element("message")?.Value}");

    private static string ProjectFolder(string project) => Path.Combine("src", project);

    private void MirrorFolder(string folder, bool skipBuilds)
    {
        string from = Path.Combine(_repository, folder);
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string relative = Path.GetRelativePath(from, file);
            if (!skipBuilds || !(relative.StartsWith("bin", StringComparison.Ordinal) || relative.StartsWith("obj", StringComparison.Ordinal)))
            {
                Mirror(file, Path.Combine(_copy, folder, relative));
            }
        }
    }

    /// <summary>Copies a file unless it is there with the same bytes: builds look at the time of the last change.</summary>
    private static void Mirror(string from, string to)
    {
        if (!File.Exists(to) || new FileInfo(from).Length != new FileInfo(to).Length || !File.ReadAllBytes(from).AsSpan().SequenceEqual(File.ReadAllBytes(to)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(from, to, overwrite: true);
            File.SetLastWriteTimeUtc(to, TimeProvider.System.GetUtcNow().UtcDateTime);
        }
    }

    private static (int Status, string Output) Run(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("MICROCHAT_GOLDEN");
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_longest))
        {
            process.Kill(entireProcessTree: true);
            return (-1, $"stopped after {s_longest.TotalMinutes} minutes");
        }
        return (process.ExitCode, output.Result + errors.Result);
    }
}
