using MicroChat.Model.Tokenizers.Splitting;

namespace MicroChat.Model.Tokenizers;

/// <summary>What vocabulary a <see cref="BpeTrainer"/> learns.</summary>
public sealed record BpeTrainerOptions
{
    /// <summary>Splits like GPT-4 (cl100k) but cuts every digit off, because that makes arithmetic regular.</summary>
    public const string DefaultPattern = Gpt4Splitter.OneDigit;

    /// <summary>V: special tokens, byte letters and merges together. Unit: tokens. Fewer are learnt when the text runs out of pairs.</summary>
    public int VocabularySize { get; init; } = 8_192;

    /// <summary>Control tokens; they get the first ids, in this order.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = ["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"];

    /// <summary>Regular expression that cuts the text into pieces; no token reaches over their borders.</summary>
    public string Pattern { get; init; } = DefaultPattern;

    /// <summary>Pairs that occur less often are not joined.</summary>
    public int MinFrequency { get; init; } = 2;

    /// <summary>Joined tokens of more than two bytes stay shorter than this, as in the reference trainer. Unit: bytes. Null: no limit.</summary>
    public int? MaxTokenLength { get; init; }

    /// <summary>Whether all 256 bytes are in the vocabulary, so that any text can be encoded; otherwise only the bytes that occur.</summary>
    public bool AllBytes { get; init; } = true;

    /// <summary>Most letters of the alphabet; the rarest go. Null: no limit.</summary>
    public int? AlphabetLimit { get; init; }

    /// <summary>Threads that count pieces of files.</summary>
    public int Threads { get; init; } = 2;
}

/// <summary>How far a training is. Unit: tokens of the vocabulary.</summary>
public readonly record struct BpeTrainingProgress(int Tokens, int VocabularySize);
