using System.Text.Json.Nodes;

namespace MicroChat.Discord.Simulator.World;

/// <summary>Somebody used a command, a button, a menu or a form, and what the bot did about it.</summary>
public sealed class SimInteraction
{
    private readonly List<SimMessage> followUps = [];

    internal SimInteraction(ulong id, string token, int type, SimUser user, SimChannel channel, JsonObject data, DateTimeOffset time) =>
        (Id, Token, Type, User, Channel, Data, CreatedAt) = (id, token, type, user, channel, data, time);

    public ulong Id { get; }

    /// <summary>What the bot answers with, in place of its own token.</summary>
    public string Token { get; }

    /// <summary>2 command, 3 component, 4 autocomplete, 5 modal.</summary>
    public int Type { get; }

    public SimUser User { get; }

    public SimChannel Channel { get; }

    public DateTimeOffset CreatedAt { get; }

    /// <summary>The message that holds the component; also that behind a form opened from one.</summary>
    public SimMessage? Source { get; internal init; }

    /// <summary>Discord's type of the first answer: 4 message, 5 deferred, 6 deferred update, 7 update, 8 choices, 9 modal. Null: none yet.</summary>
    public int? AnswerType { get; internal set; }

    /// <summary>How long the first answer took.</summary>
    public TimeSpan? AnsweredAfter { get; internal set; }

    /// <summary>The first answer as a message, or the message that it changed; null for a form and while there is none.</summary>
    public SimMessage? Response { get; internal set; }

    /// <summary>Later messages, oldest first.</summary>
    public IReadOnlyList<SimMessage> FollowUps => followUps;

    /// <summary>The form that the bot opened, as Discord's JSON.</summary>
    public string? ModalJson => Modal?.ToJsonString();

    /// <summary>The offered choices of an autocomplete, as Discord's JSON.</summary>
    public string? ChoicesJson => Choices?.ToJsonString();

    internal JsonObject Data { get; }

    internal JsonObject? Modal { get; set; }

    internal JsonArray? Choices { get; set; }

    /// <summary>A deferred answer still waits for its message.</summary>
    internal bool IsDeferred { get; set; }

    internal void Add(SimMessage followUp) => followUps.Add(followUp);
}
