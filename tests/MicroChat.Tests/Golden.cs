namespace MicroChat.Tests;

/// <summary>
/// Numbers from reference implementations: the copy of some cases in <c>tests/golden</c>, and all of them in the folder that
/// the environment variable MICROCHAT_GOLDEN names. Cases are found by listing, so a new folder is tested without touching code.
/// </summary>
internal static class Golden
{
    public const string Category = "Golden";

    /// <summary>The roots that exist: the repository's copy first.</summary>
    public static IReadOnlyList<string> Roots { get; } = FindRoots();

    /// <summary>Folders of cases of one kind ("models", "tokenizers" …) below every root, sorted by name.</summary>
    public static IEnumerable<string> Folders(string kind) =>
        Roots.Select(root => Path.Combine(root, kind)).Where(Directory.Exists)
            .SelectMany(Directory.GetDirectories).Order(StringComparer.Ordinal);

    /// <summary>Every existing file of this relative path, one per root at most.</summary>
    public static IEnumerable<string> Files(string relativePath) =>
        Roots.Select(root => Path.Combine(root, relativePath)).Where(File.Exists);

    /// <summary>A path as it appears in a test's name: relative to its root, marked with which root it is.</summary>
    public static string Name(string path)
    {
        string root = Roots.First(r => path.StartsWith(r, StringComparison.Ordinal));
        return (root == Roots[0] ? "" : "all:") + Path.GetRelativePath(root, path);
    }

    private static List<string> FindRoots()
    {
        var roots = new List<string> { Path.Combine(Repository.Root, "tests", "golden") };
        if (Environment.GetEnvironmentVariable("MICROCHAT_GOLDEN") is { Length: > 0 } all)
        {
            if (!Directory.Exists(all))
            {
                throw new DirectoryNotFoundException($"MICROCHAT_GOLDEN is \"{all}\", which is no folder; unset it or name the folder of golden numbers.");
            }
            roots.Add(Path.GetFullPath(all));
        }
        return roots;
    }
}
