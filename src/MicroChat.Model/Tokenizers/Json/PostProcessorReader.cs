namespace MicroChat.Model.Tokenizers.Json;

/// <summary>Builds the post_processor section.</summary>
internal static class PostProcessorReader
{
    public static PostProcessor Read(JsonField field) => field.IsNull ? new PostProcessor() : ReadOne(field);

    private static PostProcessor ReadOne(JsonField field) => field["type"].AsText() switch
    {
        "ByteLevel" => new PostProcessor { TrimOffsets = field["trim_offsets"].AsFlag(true), AddPrefixSpace = field["add_prefix_space"].AsFlag(true) },
        "TemplateProcessing" => ReadTemplate(field),
        "RobertaProcessing" => new PostProcessor
        {
            Prefix = [ReadPair(field["cls"])],
            Suffix = [ReadPair(field["sep"])],
            TrimOffsets = field["trim_offsets"].AsFlag(true),
            AddPrefixSpace = field["add_prefix_space"].AsFlag(true),
        },
        "BertProcessing" => new PostProcessor { Prefix = [ReadPair(field["cls"])], Suffix = [ReadPair(field["sep"])] },
        "Sequence" => field["processors"].Items().Select(ReadOne).Aggregate(new PostProcessor(), Chain),
        _ => throw field["type"].Wrong("ByteLevel, TemplateProcessing, RobertaProcessing, BertProcessing or Sequence"),
    };

    private static PostProcessor Chain(PostProcessor inner, PostProcessor outer) => new()
    {
        Prefix = [.. outer.Prefix, .. inner.Prefix],
        Suffix = [.. inner.Suffix, .. outer.Suffix],
        TrimOffsets = inner.TrimOffsets || outer.TrimOffsets,
        AddPrefixSpace = inner.TrimOffsets ? inner.AddPrefixSpace : outer.AddPrefixSpace,
    };

    private static int ReadPair(JsonField pair)
    {
        JsonField[] items = [.. pair.Items()];
        return items.Length == 2 ? items[1].AsInteger(0, TokenizerFile.LargestId) : throw pair.Wrong("a token and its id");
    }

    private static PostProcessor ReadTemplate(JsonField field)
    {
        List<int> prefix = [], suffix = [];
        bool textSeen = false;
        foreach (JsonField part in field["single"].Items())
        {
            if (!part["Sequence"].IsNull)
            {
                if (textSeen) throw part.Wrong("a special token, because the text was already named");
                textSeen = true;
                continue;
            }
            JsonField ids = field["special_tokens"][part["SpecialToken"]["id"].AsText()]["ids"];
            (textSeen ? suffix : prefix).AddRange(ids.Items().Select(id => id.AsInteger(0, TokenizerFile.LargestId)));
        }
        return textSeen ? new PostProcessor { Prefix = prefix, Suffix = suffix } : throw field["single"].Wrong("a template that names the text");
    }
}
