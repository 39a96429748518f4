namespace MicroChat.Options;

/// <summary>One value that somebody set.</summary>
/// <param name="Key">Section and name, and for lists the index: "Server:Port", "Server:ApiKeys:0".</param>
/// <param name="Value">As it was written.</param>
/// <param name="Origin">Where it was written: a file, a variable, or the command line.</param>
internal sealed record OptionSetting(string Key, string Value, string Origin);
