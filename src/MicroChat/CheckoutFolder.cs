namespace MicroChat;

/// <summary>Finds files that lie beside the program, or above it in a checkout.</summary>
internal static class CheckoutFolder
{
    /// <summary>The nearest existing file or folder of this relative path, going upwards; null: there is none.</summary>
    public static string? Find(string start, string relative)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, relative);
            if (Path.Exists(candidate))
            {
                return candidate;
            }
        }
        return null;
    }

    /// <summary>What <see cref="Find"/> finds.</summary>
    /// <param name="option">The option by which another can be named.</param>
    /// <exception cref="CommandException">There is none.</exception>
    public static string Require(string start, string relative, string option) => Find(start, relative)
        ?? throw CommandException.Failure($"there is no {relative} in {start} or above it; name one with {option}.");
}
