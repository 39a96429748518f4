using MicroChat.Model.Tokenizers;
using MicroChat.Options;

namespace MicroChat.Adapters;

/// <summary>Which library merges tokens.</summary>
internal static class TokenizerLibraries
{
    /// <summary>What is wrong with the choice, with value, wish and remedy; null: nothing.</summary>
    public static string? Fault(TokenizerChoice choice) => choice == TokenizerChoice.MicrosoftML && BuiltInAdapters.TokenizerFault is { } fault
        ? $"Model:Tokenizer is microsoft.ml, {fault}; it must be auto or builtin. For Microsoft.ML.Tokenizers, build the Full profile (-p:Profile=Full)."
        : null;

    /// <summary>From now on tokenizers are loaded as the choice says.</summary>
    public static void Use(TokenizerChoice choice) => TokenizerLibrary.Preferred = choice == TokenizerChoice.BuiltIn ? null : BuiltInAdapters.Tokenizers;
}
