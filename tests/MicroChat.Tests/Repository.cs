namespace MicroChat.Tests;

/// <summary>The checkout that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder that holds MicroChat.sln.</summary>
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    private static string FindRoot(string start)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MicroChat.sln")))
            {
                return folder.FullName;
            }
        }
        throw new DirectoryNotFoundException($"No MicroChat.sln above {start}; run the tests from a checkout.");
    }
}
