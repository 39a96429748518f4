using MicroChat.Model.Tokenizers.Splitting;

namespace MicroChat.Model.Tokenizers.Json;

/// <summary>Builds the pre_tokenizer section.</summary>
internal static class PreTokenizerReader
{
    /// <summary>Null: the file names none.</summary>
    public static IPreTokenizer? Read(JsonField field) => field.IsNull ? null : new PreTokenizerSequence([.. ReadSteps(field)]);

    /// <summary>The steps in order; a sequence inside a sequence is spread out.</summary>
    private static IEnumerable<IPreTokenizer> ReadSteps(JsonField field) => field["type"].AsText() switch
    {
        "Sequence" => field["pretokenizers"].Items().SelectMany(ReadSteps),
        "ByteLevel" => [new ByteLevelPreTokenizer(field["add_prefix_space"].AsFlag(true), field["use_regex"].AsFlag(true))],
        "Metaspace" => [ReadMetaspace(field)],
        "BertPreTokenizer" => [Cutting(CharClass.Space, SplitBehaviour.Removed), Cutting(CharClass.Punctuation, SplitBehaviour.Isolated)],
        _ => [new CuttingPreTokenizer(ReadSplitter(field))],
    };

    private static ISplitter ReadSplitter(JsonField field) => field["type"].AsText() switch
    {
        "Split" => PatternReader.ReadSplitter(field["pattern"], ReadBehaviour(field["behavior"]), field["invert"].AsFlag(false)),
        "Digits" => new BehaviourSplitter(
            new ClassMatcher(CharClass.Number), field["individual_digits"].AsFlag(false) ? SplitBehaviour.Isolated : SplitBehaviour.Contiguous, invert: false),
        "Punctuation" => new BehaviourSplitter(
            new ClassMatcher(CharClass.Punctuation), field["behavior"].IsNull ? SplitBehaviour.Isolated : ReadBehaviour(field["behavior"]), invert: false),
        "Whitespace" => new BehaviourSplitter(new RegexMatcher(@"[\w\u200C\u200D]+|[^\w\s\u200C\u200D]+"), SplitBehaviour.Removed, invert: true),
        "WhitespaceSplit" => new BehaviourSplitter(new ClassMatcher(CharClass.Space), SplitBehaviour.Removed, invert: false),
        "CharDelimiterSplit" => new BehaviourSplitter(new LiteralMatcher(field["delimiter"].AsText()), SplitBehaviour.Removed, invert: false),
        "FixedLength" => new BehaviourSplitter(
            new LengthMatcher(field["length"].AsInteger(1, 1 << 20, missing: 5)), SplitBehaviour.Isolated, invert: false),
        _ => throw field["type"].Wrong("a supported pre-tokenizer (Sequence, ByteLevel, Metaspace, Split, Digits, Punctuation, Whitespace, " +
            "WhitespaceSplit, CharDelimiterSplit, FixedLength or BertPreTokenizer)"),
    };

    private static CuttingPreTokenizer Cutting(CharClass classes, SplitBehaviour behaviour) =>
        new(new BehaviourSplitter(new ClassMatcher(classes), behaviour, invert: false));

    private static SplitBehaviour ReadBehaviour(JsonField field) =>
        field.AsText() is { } name && Enum.TryParse(name, out SplitBehaviour behaviour) && Enum.IsDefined(behaviour) && !char.IsAsciiDigit(name[0])
            ? behaviour
            : throw field.Wrong("Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");

    private static MetaspacePreTokenizer ReadMetaspace(JsonField field) =>
        new(MetaspaceOptions.Replacement(field), MetaspaceOptions.Scheme(field), field["split"].AsFlag(true));
}
