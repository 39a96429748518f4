namespace MicroChat.Feedback;

/// <summary>One message of a person and the reply to it, with everything that training needs to know about how the reply came about.</summary>
public sealed record ExchangeRecord
{
    /// <summary>Unique over all stores: <c>Guid.CreateVersion7(time.GetUtcNow())</c>.</summary>
    public required Guid Id { get; init; }

    /// <summary>The conversation; the caller's choice, a version 7 id too.</summary>
    public required Guid Conversation { get; init; }

    /// <summary>The exchange that this one follows; null at the beginning. Two exchanges with one parent and prompt are a retry.</summary>
    public Guid? Parent { get; init; }

    /// <summary>How many exchanges before this one the prompt repeats; null: all of them, back to the beginning.</summary>
    public int? EarlierInPrompt { get; init; }

    public required Place Place { get; init; }

    /// <summary>Who wrote the prompt; with <see cref="PromptOrigin.OperatorBank"/>, whom it was shown to.</summary>
    public required Pseudonym Person { get; init; }

    /// <summary>Everyone else whose words are in the prompt that the model saw; a snapshot takes the exchange only when all of them agree.</summary>
    public IReadOnlyList<Pseudonym> OtherParticipants { get; init; } = [];

    public PromptOrigin Origin { get; init; } = PromptOrigin.Person;

    /// <summary>The persona that was in force; null: none.</summary>
    public string? SystemPrompt { get; init; }

    /// <summary>The last message of the person, as it was sent. Null once retention erased it.</summary>
    public required string? Prompt { get; init; }

    /// <summary>The whole prompt as the model saw it; empty: unknown, or erased.</summary>
    public IReadOnlyList<int> PromptTokens { get; init; } = [];

    /// <summary>Name and generation of the model that replied.</summary>
    public required string ModelVersion { get; init; }

    /// <summary>The sampling options as a JSON object.</summary>
    public string SamplingJson { get; init; } = "{}";

    /// <summary>Seed of the draws; null: unknown.</summary>
    public long? Seed { get; init; }

    /// <summary>When the prompt came.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The reply; null while it is being made (or when the program was killed while it was).</summary>
    public ExchangeReply? Reply { get; init; }

    /// <summary>Ids of the messages on the platform that carry this exchange; kept by the store, see <see cref="IExchangeStore.AttachMessagesAsync"/>.</summary>
    public IReadOnlyList<PlatformMessage> Messages { get; init; } = [];

    /// <summary>Set by the store: text of an earlier exchange or of another participant was deleted, so <see cref="PromptTokens"/> is empty and no snapshot takes this exchange.</summary>
    public bool IsContextErased { get; init; }
}

/// <summary>A reply, whole or as far as it got.</summary>
public sealed record ExchangeReply
{
    public required ReplyStatus Status { get; init; }

    /// <summary>Null once retention erased it.</summary>
    public required string? Text { get; init; }

    /// <summary>The tokens that were drawn, the end token included; empty: unknown, or erased.</summary>
    public IReadOnlyList<int> Tokens { get; init; } = [];

    /// <summary>Natural logarithm of each token's probability under the distribution it was drawn from; as many as <see cref="Tokens"/>, or none.</summary>
    public IReadOnlyList<float> LogProbabilities { get; init; } = [];

    /// <summary>When the reply ended.</summary>
    public required DateTimeOffset Time { get; init; }
}

/// <summary>How a reply ended.</summary>
public enum ReplyStatus
{
    /// <summary>The model ended it, or it reached its longest length.</summary>
    Complete,

    /// <summary>A person, or the program's end, stopped it.</summary>
    Stopped,

    /// <summary>Something went wrong; the text is what was shown until then.</summary>
    Failed,
}

/// <summary>Whose words the prompt is.</summary>
public enum PromptOrigin
{
    /// <summary>A person's: training needs consent.</summary>
    Person,

    /// <summary>The operator's own bank of prompts (the arena): nobody's consent is needed.</summary>
    OperatorBank,

    /// <summary>The operator's own, and the reply too: half of a control, see <see cref="NewControl"/>. No snapshot takes it.</summary>
    Control,
}

/// <summary>A message on the platform that carries a part of an exchange.</summary>
/// <param name="Id">The platform's id.</param>
/// <param name="IsReply">Whether it is (a part of) the reply; else the person's own message.</param>
public sealed record PlatformMessage(string Id, bool IsReply);
