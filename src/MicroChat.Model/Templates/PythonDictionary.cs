namespace MicroChat.Model.Templates;

/// <summary>A dictionary in the order of insertion, whose keys are equal as in Python: 1, 1.0 and True are one key.</summary>
internal sealed class PythonDictionary
{
    // Null is not allowed as a key of a .NET dictionary.
    private static readonly object NoneKey = new();

    private readonly OrderedDictionary<object, object?> items = new(KeyComparer.Instance);

    public int Count => items.Count;

    public IEnumerable<object?> Keys => items.Keys.Select(Outside);

    public IEnumerable<KeyValuePair<object?, object?>> Pairs => items.Select(pair => KeyValuePair.Create(Outside(pair.Key), pair.Value));

    /// <summary>Sets a value; a key that was there keeps its place.</summary>
    public void Set(object? key, object? value) => items[Inside(key)] = value;

    public bool TryGet(object? key, out object? value) => items.TryGetValue(Inside(key), out value);

    /// <summary>Whether this value can be a key.</summary>
    public static bool IsHashable(object? value) => value switch
    {
        List<object?> or PythonDictionary or DictionaryView => false,
        object?[] tuple => KeyComparer.Leaves(tuple, 0) <= KeyComparer.MaximumLeaves,
        _ => true,
    };

    private static object Inside(object? key) =>
        !IsHashable(key) ? throw new TemplateException($"A {TypeNames.Of(key)} cannot be a key.") : key ?? NoneKey;

    private static object? Outside(object key) => ReferenceEquals(key, NoneKey) ? null : key;

    /// <summary>Python's equality and hash of keys.</summary>
    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public const int MaximumLeaves = 1_000;
        public static readonly KeyComparer Instance = new();

        public new bool Equals(object? a, object? b)
        {
            if (a is object?[] left && b is object?[] right)
            {
                if (left.Length != right.Length) return false;
                for (int i = 0; i < left.Length; i++)
                    if (!Equals(left[i], right[i])) return false;
                return true;
            }
            if (Texts.TryGet(a, out string? text)) return Texts.TryGet(b, out string? other) && text == other;
            if (Numbers.IsNumber(a)) return Numbers.IsNumber(b) && Numbers.Compare(a, b) == 0;
            return a is Undefined ? b is Undefined : object.Equals(a, b);
        }

        public int GetHashCode(object value) => value switch
        {
            bool flag => flag ? 1.0.GetHashCode() : 0.0.GetHashCode(),
            long integer => ((double)integer).GetHashCode(),
            System.Numerics.BigInteger integer => ((double)integer).GetHashCode(),
            double number => number.GetHashCode(),
            Markup markup => markup.Text.GetHashCode(StringComparison.Ordinal),
            object?[] tuple => tuple.Aggregate(tuple.Length, (hash, item) => HashCode.Combine(hash, item is null ? 0 : GetHashCode(item))),
            Undefined => 1,
            _ => value.GetHashCode(),
        };

        /// <summary>Counts the values inside; more than the limit where a list is inside or the nesting is deep.</summary>
        public static int Leaves(object?[] tuple, int depth)
        {
            int count = 1;
            foreach (object? item in tuple)
            {
                if (item is List<object?> or PythonDictionary || depth > 20 || count > MaximumLeaves) return MaximumLeaves + 1;
                count += item is object?[] inner ? Leaves(inner, depth + 1) : 1;
            }
            return count;
        }
    }
}
