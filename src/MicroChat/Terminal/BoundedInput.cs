using System.Text;

namespace MicroChat.Terminal;

/// <summary>Reads redirected input without letting its size decide over the memory.</summary>
internal static class BoundedInput
{
    /// <summary>Longest message that is read. Unit: UTF-16 units.</summary>
    public const int Limit = 1 << 20;

    /// <summary>The next line, null at the end.</summary>
    /// <exception cref="CommandException">The line is longer than <see cref="Limit"/>; it was read to its end, so reading can go on.</exception>
    public static string? ReadLine(TextReader input)
    {
        var line = new StringBuilder();
        long length = 0;
        int c;
        while ((c = input.Read()) >= 0 && c != '\n')
        {
            if (++length <= Limit)
            {
                line.Append((char)c);
            }
        }
        if (length > Limit)
        {
            throw TooLong("a line of the input");
        }
        if (c < 0 && length == 0)
        {
            return null;
        }
        return line.ToString().TrimEnd('\r');
    }

    /// <summary>Everything that is left.</summary>
    /// <exception cref="CommandException">It is longer than <see cref="Limit"/>.</exception>
    public static string ReadAll(TextReader input)
    {
        var text = new char[4_096];
        var all = new StringBuilder();
        for (int read; (read = input.Read(text, 0, text.Length)) > 0;)
        {
            if (all.Length + read > Limit)
            {
                throw TooLong("the input");
            }
            all.Append(text, 0, read);
        }
        return all.ToString();
    }

    private static CommandException TooLong(string what) =>
        CommandException.Failure($"{what} is longer than {Limit:N0} characters, the most a message may have; send it in parts.");
}
