namespace MicroChat.Model.Templates;

/// <summary>Attributes and items of values: x.name and x[key].</summary>
internal static class Members
{
    /// <summary>x.name: the attribute or method first, then the key.</summary>
    public static object? Attribute(object? owner, string name)
    {
        if (owner is Undefined missing) throw new TemplateException(missing.Message);
        if (TryAttribute(owner, name, out object? value)) return value;
        return owner is PythonDictionary dictionary && dictionary.TryGet(name, out value) ? value : Undefined.Member(owner, name);
    }

    /// <summary>x[key]: the key first, then the attribute.</summary>
    public static object? Item(object? owner, object? key)
    {
        if (owner is Undefined missing) throw new TemplateException(missing.Message);
        if (TryItem(owner, key, out object? value)) return value;
        return Texts.TryGet(key, out string? name) && TryAttribute(owner, name, out value) ? value : Undefined.Member(owner, key);
    }

    /// <summary>The attribute or method, never the key.</summary>
    public static object? AttributeOnly(object? owner, string name)
    {
        if (owner is Undefined missing) throw new TemplateException(missing.Message);
        return TryAttribute(owner, name, out object? value) ? value : Undefined.Member(owner, name);
    }

    private static bool TryItem(object? owner, object? key, out object? value)
    {
        value = null;
        if (owner is PythonDictionary dictionary) return PythonDictionary.IsHashable(key) && dictionary.TryGet(key, out value);
        if (!Numbers.TryIndex(key, out long index) || !(Sequences.IsSliceable(owner) || owner is Bytes)) return false;
        long length = Sequences.Length(owner);
        if (index < 0) index += length;
        if (index < 0 || index >= length) return false;
        value = owner switch
        {
            List<object?> list => list[(int)index],
            object?[] tuple => tuple[index],
            Group group => group.AsTuple()[index],
            NumberRange range => range.At(index),
            Bytes bytes => (long)bytes.Content[index],
            Markup markup => new Markup(CharacterAt(markup.Text, (int)index)),
            _ => CharacterAt((string)owner!, (int)index),
        };
        return true;
    }

    private static string CharacterAt(string text, int index)
    {
        int at = PythonText.OffsetOf(text, index);
        return text.Substring(at, PythonText.UnitsAt(text, at));
    }

    private static bool TryAttribute(object? owner, string name, out object? value)
    {
        value = null;
        if (name.StartsWith('_')) return false;
        switch (owner)
        {
            case Namespace space: return space.Attributes.TryGetValue(name, out value);
            case LoopState loop: return loop.TryAttribute(name, out value);
            case Macro macro: return macro.TryAttribute(name, out value);
            case Cycler cycler: return cycler.TryAttribute(name, out value);
            case BlockReferences self: return self.TryAttribute(name, out value);
            case Group group when name is "grouper" or "list":
                value = name == "list" ? group.Members : group.Grouper;
                return true;
            case NumberRange range when name is "start" or "stop" or "step":
                value = name switch { "start" => range.Start, "stop" => range.Stop, _ => range.Step };
                return true;
        }
        if (Numbers.IsNumber(owner) && NumberMethods.TryAttribute(owner, name, out value)) return true;
        if (FindMethod(owner, name) is not { } method) return false;
        value = new BoundMethod(owner!, name, method);
        return true;
    }

    private static Method? FindMethod(object? owner, string name) => owner switch
    {
        string or Markup => TextMethods.Find(name),
        PythonDictionary => CollectionMethods.FindForDictionary(name),
        List<object?> or object?[] or Group or NumberRange => CollectionMethods.FindForList(owner, name),
        Function { Name: "dict" } => name == "fromkeys" ? CollectionMethods.FromKeys : null,
        _ when Numbers.IsNumber(owner) => NumberMethods.Find(owner, name),
        _ => null,
    };
}
