using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>Reads the body of a message that is posted or edited, and refuses what Discord refuses.</summary>
internal static class MessageForm
{
    public const int LongestContent = 2_000;

    private const int LongestNonce = 25;
    private const int MostEmbeds = 10;
    private const int MostFiles = 10;
    private const int MostMentions = 100;
    private const int LargestFile = 10 << 20;

    /// <summary>A message to post. Channel, author and what it replies to are the caller's to set.</summary>
    /// <param name="form">The message's fields.</param>
    /// <param name="mentions">What holds where the body has no <c>allowed_mentions</c>.</param>
    /// <param name="mayBeEphemeral">Whether the flag 64 counts.</param>
    public static MessageDraft Draft(Call call, Form form, AllowedMentions mentions, bool mayBeEphemeral)
    {
        int flags = Flags(form, mayBeEphemeral);
        string content = form.Text("content", LongestContent) ?? "";
        JsonArray embeds = Embeds(form), components = ComponentForm.Read(form, flags);
        IReadOnlyList<SimAttachment> files = Files(call, form, out _);
        JsonNode? poll = form.Object("poll")?.Raw();
        string? nonce = form.Text("nonce", LongestNonce);
        AllowedMentions allowed = Mentions(form, mentions);
        RefuseMixing(form, flags, content, embeds);
        form.Errors.ThrowIfAny();
        if (string.IsNullOrWhiteSpace(content) && embeds.Count == 0 && components.Count == 0 && files.Count == 0 && poll is null && form.Texts("sticker_ids", 3).Count == 0)
        {
            throw DiscordFault.EmptyMessage;
        }
        return new MessageDraft
        {
            Channel = null!,
            Author = call.Bot,
            Content = content.Trim(),
            Embeds = embeds,
            Components = components,
            Poll = poll,
            Attachments = files,
            Flags = flags,
            Tts = form.Flag("tts") ?? false,
            Nonce = nonce,
            NonceIsNumber = nonce is not null && form.Raw("nonce")!.GetValueKind() == System.Text.Json.JsonValueKind.Number,
            EnforceNonce = form.Flag("enforce_nonce") ?? false,
            AllowedMentions = allowed,
            AllowedMentionsText = form.Raw("allowed_mentions")?.ToJsonString(),
        };
    }

    /// <summary>An edit.</summary>
    public static MessageChange Change(Call call, Form form, SimMessage message, AllowedMentions mentions)
    {
        int given = Flags(form, mayBeEphemeral: false);
        int flags = form.Has("flags") ? (message.Flags & ~MessageFlags.SuppressEmbeds) | given : message.Flags;
        string? content = form.Has("content") ? form.Text("content", LongestContent)?.Trim() ?? "" : null;
        IReadOnlyList<SimAttachment> added = Files(call, form, out IReadOnlySet<ulong>? kept);
        var change = new MessageChange
        {
            Content = content,
            Embeds = form.Has("embeds") ? Embeds(form) : null,
            Components = form.Has("components") ? ComponentForm.Read(form, flags) : null,
            Flags = flags,
            Added = added,
            Kept = kept,
            AllowedMentions = Mentions(form, mentions),
            AllowedMentionsText = form.Raw("allowed_mentions")?.ToJsonString(),
        };
        RefuseMixing(form, flags, content ?? message.Content, change.Embeds ?? message.Embeds);
        form.Errors.ThrowIfAny();
        bool isEmpty = (content ?? message.Content).Length == 0 && (change.Embeds ?? message.Embeds).Count == 0 && (change.Components ?? message.Components).Count == 0
            && added.Count == 0 && !message.Attachments.Any(a => kept is null || kept.Contains(a.Id)) && message.Poll is null;
        return isEmpty ? throw DiscordFault.EmptyMessage : change;
    }

    private static int Flags(Form form, bool mayBeEphemeral) =>
        (int)(form.Integer("flags", 0, int.MaxValue) ?? 0) & (MessageFlags.Settable | (mayBeEphemeral ? MessageFlags.Ephemeral : 0));

    private static void RefuseMixing(Form form, int flags, string content, JsonArray embeds)
    {
        if ((flags & MessageFlags.ComponentsV2) != 0 && (content.Length > 0 || embeds.Count > 0))
        {
            form.Wrong<string>("flags", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "The content and embeds fields cannot be used with the flag IS_COMPONENTS_V2.");
        }
    }

    private static JsonArray Embeds(Form form)
    {
        IReadOnlyList<Form> embeds = form.Objects("embeds", MostEmbeds);
        int total = 0;
        foreach (Form embed in embeds)
        {
            total += EmbedForm.Check(embed);
        }
        if (total > EmbedForm.LongestTotal)
        {
            form.Wrong<string>("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000");
        }
        return [.. embeds.Select(e => (JsonNode)EmbedForm.Complete(e.Raw()))];
    }

    private static AllowedMentions Mentions(Form form, AllowedMentions otherwise)
    {
        if (form.Object("allowed_mentions") is not { } given)
        {
            return otherwise;
        }
        IReadOnlyList<string> parse = given.Texts("parse", 3);
        if (parse.Any(p => p is not ("users" or "roles" or "everyone")))
        {
            given.Wrong<string>("parse", "BASE_TYPE_CHOICES", "Value must be one of ('everyone', 'roles', 'users').");
        }
        IReadOnlySet<ulong> users = given.Ids("users", MostMentions), roles = given.Ids("roles", MostMentions);
        if ((users.Count > 0 && parse.Contains("users")) || (roles.Count > 0 && parse.Contains("roles")))
        {
            given.Wrong<string>("parse", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", "parse and ids of the same kind are mutually exclusive.");
        }
        return new AllowedMentions(parse.Contains("users"), parse.Contains("roles"), parse.Contains("everyone"), users, roles, given.Flag("replied_user") ?? false);
    }

    /// <summary>New files with what <c>attachments</c> says of them, and the ids of old ones that stay; null: all stay.</summary>
    private static List<SimAttachment> Files(Call call, Form form, out IReadOnlySet<ulong>? kept)
    {
        IReadOnlyList<Form> about = form.Objects("attachments", MostFiles);
        ulong?[] ids = [.. about.Select(a => a.Id("id", required: true))];
        kept = form.Has("attachments") ? ids.OfType<ulong>().ToHashSet() : null;
        var files = new List<SimAttachment>();
        if (call.Files.Count > MostFiles)
        {
            throw new DiscordFault(400, 30015, "Maximum number of attachments in a message reached (10)");
        }
        foreach (UploadedFile file in call.Files)
        {
            Form? described = about.Zip(ids).FirstOrDefault(a => a.Second == (ulong)file.Index).First;
            files.Add(new SimAttachment(call.World.Ids.Next(), described?.Text("filename", 260, 1) ?? file.FileName, file.Content)
            {
                ContentType = file.ContentType,
                Description = described?.Text("description", 1024),
            });
        }
        return files.Exists(f => f.Size > LargestFile) ? throw DiscordFault.TooLarge : files;
    }
}
