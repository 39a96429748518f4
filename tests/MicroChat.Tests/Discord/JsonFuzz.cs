using System.Text;

namespace MicroChat.Tests.Discord;

/// <summary>Damages JSON: cut off, values replaced by others, nulls, huge texts, deep nesting, flipped bytes.</summary>
internal static class JsonFuzz
{
    private static readonly string[] Values =
        ["null", "true", "-1", "1e999", "18446744073709551616", "\"\"", "\"x\"", "[]", "{}", "[[[]]]", "{\"id\":{}}", "\"\\ud800\"", "\"" + new string('y', 70_000) + "\"", new string('[', 200) + new string(']', 200)];

    public static string Damage(string json, Random random)
    {
        switch (random.Next(6))
        {
            case 0:
                return json[..random.Next(json.Length)];
            case 1:
                var bytes = new StringBuilder(json);
                for (int i = random.Next(1, 6); i > 0; i--)
                {
                    bytes[random.Next(bytes.Length)] = (char)random.Next(1, 300);
                }
                return bytes.ToString();
            default:
                string damaged = json;
                for (int i = random.Next(1, 4); i > 0; i--)
                {
                    damaged = Replace(damaged, random);
                }
                return damaged;
        }
    }

    /// <summary>Puts another value behind one of the colons.</summary>
    private static string Replace(string json, Random random)
    {
        int colon = json.IndexOf("\":", random.Next(json.Length), StringComparison.Ordinal);
        if (colon < 0)
        {
            return Values[random.Next(Values.Length)];
        }
        int start = colon + 2;
        int end = start;
        int depth = 0;
        bool text = false;
        for (; end < json.Length; end++)
        {
            char c = json[end];
            text ^= c == '"' && json[end - 1] != '\\';
            depth += text ? 0 : c is '{' or '[' ? 1 : c is '}' or ']' ? -1 : 0;
            if (!text && (depth < 0 || (depth == 0 && c == ',')))
            {
                break;
            }
        }
        return json[..start] + Values[random.Next(Values.Length)] + json[end..];
    }
}
