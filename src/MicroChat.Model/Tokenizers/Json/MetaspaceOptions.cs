using MicroChat.Model.Tokenizers.Splitting;

namespace MicroChat.Model.Tokenizers.Json;

/// <summary>The options that the pre-tokenizer and the decoder named Metaspace share, in their old and new spelling.</summary>
internal static class MetaspaceOptions
{
    public static char Replacement(JsonField field)
    {
        string text = field["replacement"].AsTextOrNull() ?? "\u2581";
        return text.Length == 1 ? text[0] : throw field["replacement"].Wrong("one character of the basic plane");
    }

    public static PrependScheme Scheme(JsonField field)
    {
        PrependScheme scheme = field["prepend_scheme"].AsTextOrNull() switch
        {
            null or "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            _ => throw field["prepend_scheme"].Wrong("\"always\", \"first\" or \"never\""),
        };
        if (!field["add_prefix_space"].AsFlag(true) && scheme != PrependScheme.Never)
        {
            throw field["add_prefix_space"].Wrong("true, unless prepend_scheme is \"never\"");
        }
        return scheme;
    }
}
