using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MicroChat.Proofs;

/// <summary>Writes a proof's page: what makes it, how, where, and its tables.</summary>
internal sealed class Markdown(TextWriter output)
{
    /// <summary>Title, command, settings and kind of machine.</summary>
    public void Begin(string title, string verb, string file, params string[] settings)
    {
        output.WriteLine($"# {title}");
        output.WriteLine();
        output.WriteLine($"Made by `dotnet run --project tests/MicroChat.Proofs -c Release -- {verb} > evidence/{file}`");
        output.WriteLine();
        foreach (string setting in settings)
        {
            output.WriteLine($"- {setting}");
        }
        int bits = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;
        output.WriteLine($"- Computed on one core of {RuntimeInformation.ProcessArchitecture}, vectors of {bits} bits, .NET {Environment.Version.Major}.{Environment.Version.Minor}; other vectors round otherwise, which moves the last digits.");
        output.WriteLine();
    }

    /// <summary>The head of a table.</summary>
    public void Head(params string[] cells)
    {
        Row(cells);
        Row(Array.ConvertAll(cells, _ => "---"));
    }

    /// <summary>A row of a table.</summary>
    public void Row(params string[] cells) => output.WriteLine($"| {string.Join(" | ", cells)} |");

    /// <summary>A paragraph; an empty line before it ends a table.</summary>
    public void Text(string text)
    {
        output.WriteLine();
        output.WriteLine(text);
        output.WriteLine();
    }

    /// <summary>A number with so many digits.</summary>
    public static string Number(double value, int digits = 3) => value.ToString($"F{digits}", CultureInfo.InvariantCulture);
}
