using System.Text.Json;
using MicroChat.Discord.Client;
using MicroChat.Discord.Client.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Tests.Discord;

/// <summary>Dispatches become events, as Discord writes them and as other servers may.</summary>
public sealed class EventReaderTests
{
    private readonly ManualClock _clock = new();
    private readonly GuildDirectory _directory;
    private readonly EventReader _events;

    public EventReaderTests()
    {
        _directory = new GuildDirectory(_clock);
        var messages = new MessageReader(_directory, contentIntent: false);
        _events = new EventReader(_directory, messages, new InteractionReader(_directory, messages));
        Read<Ready>("READY", Wire.Ready("wss://x"));
    }

    [Fact]
    public void A_guild_brings_channels_threads_and_permissions()
    {
        GuildAvailable guild = Read<GuildAvailable>("GUILD_CREATE", Wire.Guild);
        Assert.False(guild.Joined);
        Assert.Equal([500UL, 400UL, 501UL], guild.Guild.Channels.Select(c => c.Id.Value));
        DiscordChannel thread = _directory.Channel(new Snowflake(501))!;
        Assert.True(thread is { IsThread: true, IsLocked: true, IsAgeRestricted: true, IsArchived: false } && thread.ParentId == new Snowflake(500));
        DiscordPermissions own = _directory.OwnPermissions(new Snowflake(501))!.Value;
        Assert.True(own.HasFlag(DiscordPermissions.ViewChannel | DiscordPermissions.ReadMessageHistory | DiscordPermissions.ManageMessages));
        Assert.False(own.HasFlag(DiscordPermissions.SendMessages));
        Assert.True(_directory.Permissions(new Snowflake(500), new Snowflake(101), [])!.Value.HasFlag(DiscordPermissions.Administrator));
        Assert.True(_directory.Permissions(new Snowflake(500), new Snowflake(102), [])!.Value.HasFlag(DiscordPermissions.SendMessages));
        Assert.Null(_directory.Permissions(new Snowflake(999), new Snowflake(102), []));
        Assert.True(Read<GuildGone>("GUILD_DELETE", """{"id":"700","unavailable":true}""").Outage);
        Assert.NotNull(_directory.Channel(new Snowflake(500)));
        Assert.False(Read<GuildGone>("GUILD_DELETE", """{"id":"700"}""").Outage);
        Assert.Null(_directory.Channel(new Snowflake(500)));
        Assert.True(Read<GuildAvailable>("GUILD_CREATE", Wire.Guild).Joined);
    }

    [Fact]
    public void Roles_and_overwrites_that_change_change_the_permissions()
    {
        Read<GuildAvailable>("GUILD_CREATE", Wire.Guild);
        Assert.Null(_events.Read("GUILD_ROLE_UPDATE", Json("""{"guild_id":"700","role":{"id":"701","permissions":"8"}}"""), 0, 1));
        Assert.True(_directory.OwnPermissions(new Snowflake(500))!.Value.HasFlag(DiscordPermissions.Administrator));
        Assert.Null(_events.Read("GUILD_MEMBER_UPDATE", Json("""{"guild_id":"700","user":{"id":"900"},"roles":[]}"""), 0, 1));
        Assert.False(_directory.OwnPermissions(new Snowflake(500))!.Value.HasFlag(DiscordPermissions.SendMessages));
        Read<ChannelUpdated>("CHANNEL_UPDATE", """{"id":"500","guild_id":"700","type":0,"permission_overwrites":[{"id":"700","type":0,"allow":"0","deny":"1024"}]}""");
        Assert.Equal(DiscordPermissions.None, _directory.OwnPermissions(new Snowflake(500)));
        Assert.Null(_events.Read("GUILD_ROLE_DELETE", Json("""{"guild_id":"700","role_id":"700"}"""), 0, 1));
        Assert.Null(_directory.OwnPermissions(new Snowflake(500)));
    }

    [Fact]
    public void A_bot_that_was_timed_out_may_only_read_until_it_is_over()
    {
        Read<GuildAvailable>("GUILD_CREATE", Wire.Guild);
        DiscordPermissions before = _directory.OwnPermissions(new Snowflake(500))!.Value;
        string until = (_clock.Now + TimeSpan.FromMinutes(5)).ToString("O");
        Assert.Null(_events.Read("GUILD_MEMBER_UPDATE", Json($$"""{"guild_id":"700","user":{"id":"900"},"roles":["701"],"communication_disabled_until":"{{until}}"}"""), 0, 1));
        Assert.Equal(before & (DiscordPermissions.ViewChannel | DiscordPermissions.ReadMessageHistory), _directory.OwnPermissions(new Snowflake(500)));
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(before, _directory.OwnPermissions(new Snowflake(500)));
    }

    [Fact]
    public void What_somebody_types_in_an_option_is_read()
    {
        AutocompleteAsked asked = Assert.IsType<AutocompleteAsked>(Read<InteractionCreated>("INTERACTION_CREATE", """
            {"id":"1","token":"t","type":4,"user":{"id":"7"},"data":{"name":"model","type":1,"options":[{"type":1,"name":"promote","options":[
                {"type":4,"name":"generation","value":"1","focused":true}]}]}}
            """).Interaction);
        Assert.Equal(("model", "generation", "1", CommandOptionKind.Whole), (asked.Name, asked.Option, asked.Typed, asked.Kind));
        Assert.Equal(["promote"], asked.Path);
    }

    [Fact]
    public void A_message_has_author_place_reference_and_mentions()
    {
        Read<GuildAvailable>("GUILD_CREATE", Wire.Guild);
        DiscordMessage message = Read<MessageCreated>("MESSAGE_CREATE", Wire.Message($$"""
            ,"guild_id":"700","member":{"nick":"al","roles":["701"],"joined_at":"2026-01-01T00:00:00Z"},"mentions":[{{Wire.Bot}}],"flags":4096,"mention_everyone":true,
            "attachments":[{"id":"5","filename":"a.png","size":12,"url":"https://cdn.example/a"}],"type":19,"message_reference":{"type":0,"message_id":"1000","channel_id":"500"},
            "referenced_message":{"id":"1000","channel_id":"500","author":{{Wire.Bot}},"content":"earlier"},"components":[{"type":1,"components":[{"type":2,"custom_id":"up:1"}]}]
            """)).Message;
        Assert.Equal(("general", "al", "earlier"), (message.Channel!.Name, message.Member!.Nickname, message.Reference!.Message!.Content));
        Assert.True(message.Member.Permissions!.Value.HasFlag(DiscordPermissions.Administrator));
        Assert.Equal((DiscordMessageKind.Reply, DiscordMessageFlags.SuppressNotifications, true, false), (message.Kind, message.Flags, message.MentionsEveryone, message.ContentWithheld));
        Assert.Equal(("900", 12L, "up:1"), (message.Mentions[0].Id.ToString(), message.Attachments[0].Bytes, message.CustomIds[0]));
        Assert.False(message.Reference.Deleted);
    }

    [Fact]
    public void A_deleted_reference_an_unknown_one_and_a_forward_are_told_apart()
    {
        Assert.True(Message(""","message_reference":{"message_id":"7"},"referenced_message":null""").Reference!.Deleted);
        Assert.False(Message(""","message_reference":{"message_id":"7"}""").Reference!.Deleted);
        Assert.True(Message(""","message_reference":{"type":1,"message_id":"7"}""").Reference!.IsForward);
    }

    [Theory]
    [InlineData(""","content":"","guild_id":"700" """, true)]
    [InlineData(""","content":"" """, false)]                                                        // a direct message
    [InlineData(""","content":"","guild_id":"700","mentions":[{"id":"900","username":"bot"}]""", false)]
    [InlineData(""","content":"","guild_id":"700","type":7""", false)]                               // a notice of the system
    [InlineData(""","content":"","guild_id":"700","sticker_items":[{"id":"1"}]""", false)]
    [InlineData(""","content":"x","guild_id":"700" """, false)]
    public void An_empty_text_is_withheld_only_where_the_intent_is_missing(string extra, bool withheld)
    {
        Assert.Equal(withheld, Message(extra).ContentWithheld);
    }

    [Fact]
    public void A_direct_message_has_a_direct_channel()
    {
        DiscordMessage message = Message(""","channel_type":1""");
        Assert.True(message is { GuildId: null, Channel.IsDirect: true });
    }

    [Fact]
    public void Ids_may_be_numbers_and_unknown_fields_are_ignored()
    {
        DiscordMessage message = Read<MessageCreated>("MESSAGE_CREATE", """{"id":5,"channel_id":6,"guild_id":7,"author":{"id":8,"username":"u","new":{}},"content":null,"type":"0","x":[1]}""").Message;
        Assert.Equal((5UL, 6UL, 7UL, 8UL, "u"), (message.Id.Value, message.ChannelId.Value, message.GuildId!.Value.Value, message.Author.Id.Value, message.Author.DisplayName));
    }

    [Fact]
    public void A_partial_update_says_so()
    {
        Assert.Null(Read<MessageUpdated>("MESSAGE_UPDATE", """{"id":"1","channel_id":"2","embeds":[]}""").Message);
        Assert.Equal("hi", Read<MessageUpdated>("MESSAGE_UPDATE", Wire.Message()).Message!.Content);
    }

    [Fact]
    public void Deletions_and_reactions_of_all_kinds_are_read()
    {
        Assert.Equal([1UL, 2UL], Read<MessagesDeleted>("MESSAGE_DELETE_BULK", """{"ids":["1","2"],"channel_id":"3","guild_id":"4"}""").MessageIds.Select(i => i.Value));
        ReactionAdded added = Read<ReactionAdded>("MESSAGE_REACTION_ADD", $$"""{"user_id":"101","channel_id":"5","message_id":"6","member":{"user":{{Wire.Alice}}},"emoji":{"id":null,"name":"👍🏿"},"message_author_id":"900"}""");
        Assert.Equal((DiscordEmoji.Of("👍"), new Snowflake(900), "Alice"), (added.Emoji.WithoutSkinTone(), added.MessageAuthorId, added.User!.DisplayName));
        Assert.Equal(new Snowflake(9), Read<ReactionRemoved>("MESSAGE_REACTION_REMOVE", """{"user_id":"101","channel_id":"5","message_id":"6","emoji":{"id":"9","name":"own"}}""").Emoji.Id);
        Assert.Null(Read<ReactionsCleared>("MESSAGE_REACTION_REMOVE_ALL", """{"channel_id":"5","message_id":"6"}""").Emoji);
        Assert.Equal("👎", Read<ReactionsCleared>("MESSAGE_REACTION_REMOVE_EMOJI", """{"channel_id":"5","message_id":"6","emoji":{"name":"👎"}}""").Emoji!.Value.Name);
        Assert.Equal(new Snowflake(101), Read<MemberLeft>("GUILD_MEMBER_REMOVE", $$"""{"guild_id":"700","user":{{Wire.Alice}}}""").User.Id);
        Assert.Equal(ChannelKind.PublicThread, Read<ChannelDeleted>("THREAD_DELETE", """{"id":"501","guild_id":"700","parent_id":"500","type":11}""").Kind);
    }

    [Fact]
    public void A_slash_command_has_its_path_and_values()
    {
        Read<GuildAvailable>("GUILD_CREATE", Wire.Guild);
        var used = (SlashCommandUsed)Interaction("""
            "type":2,"guild_id":"700","channel_id":"501","app_permissions":"8","locale":"de","data":{"name":"chat","type":1,"options":[{"type":1,"name":"mode","options":
            [{"type":3,"name":"to","value":"free"},{"type":4,"name":"n","value":3},{"type":5,"name":"b","value":true}]}]}
            """);
        Assert.Equal(("chat", "mode", "free", "3", "true"), (used.Name, used.Path[0], used.Values["to"].Text, used.Values["n"].Text, used.Values["b"].Text));
        Assert.Equal(("501", DiscordPermissions.Administrator, "de"), (used.Channel!.Id.ToString(), used.AppPermissions, used.Locale));
        Assert.Equal(("tok", new Snowflake(901)), (used.Handle.Token, used.Handle.ApplicationId));
        Assert.DoesNotContain("tok", used.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Context_menu_button_select_and_modal_are_read()
    {
        var menu = (MessageCommandUsed)Interaction("""
            "type":2,"data":{"name":"Ask about this","type":3,"target_id":"1001","resolved":{"messages":{"1001":HERE}}}
            """.Replace("HERE", Wire.Message(), StringComparison.Ordinal));
        Assert.Equal("hi", menu.Target.Content);
        var button = (ButtonPressed)Interaction($$"""
            "type":3,"message":{{Wire.Message()}},"data":{"custom_id":"up:1","component_type":2}
            """);
        Assert.Equal(("up:1", 1001UL), (button.CustomId, button.Message.Id.Value));
        var select = (SelectChosen)Interaction($$"""
            "type":3,"message":{{Wire.Message()}},"data":{"custom_id":"why","component_type":3,"values":["long","rude"]}
            """);
        Assert.Equal(["long", "rude"], select.Values);
        var modal = (ModalSubmitted)Interaction("""
            "type":5,"data":{"custom_id":"form","components":[{"type":18,"component":{"type":4,"custom_id":"a","value":"text"}},
            {"type":18,"component":{"type":3,"custom_id":"b","values":["x"]}},{"type":1,"components":[{"type":4,"custom_id":"c","value":""}]}]}
            """);
        Assert.Equal(("text", "x"), (modal.Fields["a"][0], modal.Fields["b"][0]));
        Assert.Empty(modal.Fields["c"]);
    }

    [Fact]
    public void A_snowflake_tells_its_time_and_shard()
    {
        Assert.True(Snowflake.TryParse("175928847299117063", out Snowflake id));
        Assert.Equal(new DateTimeOffset(2016, 4, 30, 11, 18, 25, 796, TimeSpan.Zero), id.CreatedAt);
        Assert.Equal((int)((175928847299117063UL >> 22) % 7), id.Shard(7));
        Assert.True(Snowflake.At(id.CreatedAt) <= id && Snowflake.At(id.CreatedAt.AddMilliseconds(1)) > id);
        Assert.False(Snowflake.TryParse("0", out _) || Snowflake.TryParse("-1", out _) || Snowflake.TryParse("18446744073709551616", out _) || Snowflake.TryParse("", out _));
    }

    private DiscordMessage Message(string extra) => Read<MessageCreated>("MESSAGE_CREATE", Wire.Message(extra)).Message;

    private DiscordInteraction Interaction(string fields) =>
        Read<InteractionCreated>("INTERACTION_CREATE", $$$"""{"id":"77","application_id":"901","token":"tok","member":{"user":{{{Wire.Alice}}},"roles":[],"permissions":"8"},{{{fields}}}}""").Interaction;

    private T Read<T>(string type, string d)
        where T : DiscordEvent => Assert.IsType<T>(_events.Read(type, Json(d), 0, 1));

    private static JsonElement Json(string text)
    {
        using JsonDocument json = JsonDocument.Parse(text);
        return json.RootElement.Clone();
    }
}
