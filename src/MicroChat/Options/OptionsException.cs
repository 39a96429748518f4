namespace MicroChat.Options;

/// <summary>Options that make no sense; nothing was started.</summary>
internal sealed class OptionsException(IReadOnlyList<string> faults)
    : Exception($"{faults.Count} {(faults.Count == 1 ? "option is" : "options are")} wrong: {string.Join(' ', faults)}")
{
    /// <summary>Everything that is wrong, a sentence or two each: option, value, wish, remedy.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
