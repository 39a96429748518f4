using System.Text.Json;

namespace MicroChat.Model.Tokenizers.Json;

/// <summary>A value in a tokenizer.json that knows where it stands, so that every error can name file and field.</summary>
internal readonly struct JsonField(string file, string path, JsonElement element)
{
    public JsonElement Element => element;
    public string File => file;
    public string Path => path;
    public JsonValueKind Kind => element.ValueKind;
    public bool IsNull => element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    /// <summary>A member of this object; a missing one is null.</summary>
    public JsonField this[string name]
    {
        get
        {
            if (Kind != JsonValueKind.Object) throw Wrong("an object");
            return new JsonField(file, path.Length == 0 ? name : $"{path}.{name}", element.TryGetProperty(name, out JsonElement member) ? member : default);
        }
    }

    public IEnumerable<JsonField> Items()
    {
        if (Kind != JsonValueKind.Array) throw Wrong("an array");
        int index = 0;
        foreach (JsonElement item in element.EnumerateArray()) yield return new JsonField(file, $"{path}[{index++}]", item);
    }

    public IEnumerable<(string Name, JsonField Value)> Members()
    {
        if (Kind != JsonValueKind.Object) throw Wrong("an object");
        foreach (JsonProperty member in element.EnumerateObject())
        {
            string name = NameOf(member);
            yield return (name, new JsonField(file, $"{path}[\"{name}\"]", member.Value));
        }
    }

    public string AsText()
    {
        if (Kind != JsonValueKind.String) throw Wrong("a text");
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new TokenizerException($"{file}: {path} holds half a surrogate pair or broken UTF-8; every text must be valid Unicode. Fetch the file again.", e);
        }
    }

    public string? AsTextOrNull() => IsNull ? null : AsText();

    public bool AsFlag(bool missing)
    {
        if (IsNull) return missing;
        return Kind is JsonValueKind.True or JsonValueKind.False ? element.GetBoolean() : throw Wrong("true or false");
    }

    /// <summary>A whole number in [least, most].</summary>
    public int AsInteger(int least, int most)
    {
        if (Kind != JsonValueKind.Number || !element.TryGetInt32(out int value) || value < least || value > most)
        {
            throw Wrong($"a whole number from {least} to {most}");
        }
        return value;
    }

    public int AsInteger(int least, int most, int missing) => IsNull ? missing : AsInteger(least, most);

    /// <summary>The error that this value is not what it must be.</summary>
    public TokenizerException Wrong(string wish)
    {
        string found = Kind == JsonValueKind.Undefined ? "missing" : element.GetRawText();
        if (found.Length > 60) found = found[..60] + "…";
        return new TokenizerException($"{file}: {(path.Length == 0 ? "the content" : path)} is {found}; it must be {wish}. Fetch the file again, or export it with a current version of its library.");
    }

    private string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new TokenizerException($"{file}: a name inside {path} holds half a surrogate pair or broken UTF-8. Fetch the file again.", e);
        }
    }
}
