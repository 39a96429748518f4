namespace MicroChat.Training.Data;

/// <summary>Streams documents or conversations through a tokenizer into the shards of training and of validation.</summary>
public static class ShardBuilder
{
    /// <summary>Adds documents; all pieces of one document go to the same side.</summary>
    /// <param name="documents">What a reader hands out.</param>
    /// <param name="encode">The tokenizer.</param>
    /// <param name="split">Who is held out.</param>
    /// <param name="training">Gets the rest.</param>
    /// <param name="validation">Gets what is held out.</param>
    /// <param name="stop">Stops between two documents.</param>
    public static void Add(IEnumerable<TextDocument> documents, TextEncoder encode, TextSplit split, RowCutter training, RowCutter validation, CancellationToken stop)
    {
        RowCutter side = training;
        foreach (TextDocument document in documents)
        {
            stop.ThrowIfCancellationRequested();
            if (document.Piece == 0)
            {
                side = split.IsHeldOut(TextSplit.Key(document)) ? validation : training;
            }
            side.Add(document, encode);
        }
    }

    /// <summary>Adds conversations; arguments as above.</summary>
    public static void Add(IEnumerable<Conversation> conversations, ConversationEncoder encode, TextSplit split, RowCutter training, RowCutter validation, CancellationToken stop)
    {
        foreach (Conversation conversation in conversations)
        {
            stop.ThrowIfCancellationRequested();
            (split.IsHeldOut(TextSplit.Key(conversation)) ? validation : training).Add(conversation, encode);
        }
    }
}
