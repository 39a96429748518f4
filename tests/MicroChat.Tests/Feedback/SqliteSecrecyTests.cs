using System.Text;
using MicroChat.Feedback;
using MicroChat.Feedback.Security;
using MicroChat.Feedback.Sqlite;

namespace MicroChat.Tests.Feedback;

/// <summary>What a thief of the files sees, and what is left of what was deleted.</summary>
public sealed class SqliteSecrecyTests : IDisposable
{
    private const string Secret = "Kaiserschmarrn-4711";

    private readonly SqliteFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task No_text_token_or_user_id_stands_in_the_files()
    {
        await using SqliteFeedbackStore store = folder.Open();
        ExchangeRecord exchange = await folder.AddAsync(store, Secret, user: "raw-user-id");
        await SqliteFolder.RateAsync(store, exchange.Id, "raw-rater-id", 1, "comment " + Secret);
        Assert.True(folder.Holds(Encoding.UTF8.GetBytes(exchange.Id.ToString())));     // the search itself works
        foreach (string text in new[] { Secret, "reply to", "persona of", "raw-user-id", "raw-rater-id" })
        {
            Assert.False(folder.Holds(Encoding.UTF8.GetBytes(text)), text);
            Assert.False(folder.Holds(Encoding.Unicode.GetBytes(text)), text);
        }
        Assert.False(folder.Holds([101, 0, 0, 0, 102, 0, 0, 0, 103, 0, 0, 0]));
    }

    [Theory]
    [InlineData("exchange")]
    [InlineData("person")]
    [InlineData("retention")]
    public async Task Forgotten_text_is_gone_from_the_bytes_of_every_file(string way)
    {
        await using SqliteFeedbackStore store = folder.Open();
        for (int i = 0; i < 40; i++)
        {
            await folder.AddAsync(store, $"other {i} " + new string('x', i * 97), user: "other");
        }
        ExchangeRecord exchange = await folder.AddAsync(store, Secret + new string('y', 9_000));
        await SqliteFolder.RateAsync(store, exchange.Id, "bob", -1, "comment");
        byte[][] sealedTexts =
        [
            .. new[] { "prompt", "reply", "system_prompt", "prompt_tokens", "log_probabilities" }
                .Select(column => folder.Scalar<byte[]>($"SELECT {column} FROM exchanges WHERE id = '{exchange.Id}'")),
            folder.Scalar<byte[]>("SELECT comment FROM ratings"),
        ];
        byte[][] parts = [.. sealedTexts.Select(text => text.AsSpan(1, 28).ToArray()), sealedTexts[0].AsSpan(6_000, 32).ToArray()];
        Assert.All(parts, part => Assert.True(folder.Holds(part)));
        folder.Clock.Advance(TimeSpan.FromDays(3));
        ExchangeRecord kept = await folder.AddAsync(store, "kept", user: "other");
        switch (way)
        {
            case "exchange":
                await store.DeleteExchangeAsync(exchange.Id, default);
                break;
            case "person":
                await store.ForgetPersonAsync(exchange.Person, default);
                break;
            default:
                await store.ApplyRetentionAsync(new RetentionOptions { TextDays = 2 }, default);
                break;
        }
        Assert.All(parts, part => Assert.False(folder.Holds(part)));
        Assert.Equal("kept", (await store.FindExchangeAsync(kept.Id, default))!.Prompt);
        if (way == "person")
        {
            Assert.False(folder.Holds(Encoding.UTF8.GetBytes(exchange.Person.Value)));
        }
    }

    [Fact]
    public async Task A_rating_taken_back_or_changed_leaves_nothing_of_its_comment()
    {
        await using SqliteFeedbackStore store = folder.Open();
        ExchangeRecord exchange = await folder.AddAsync(store, "q");
        await SqliteFolder.RateAsync(store, exchange.Id, "bob", -1, "first words");
        byte[] first = folder.Scalar<byte[]>("SELECT comment FROM ratings");
        await SqliteFolder.RateAsync(store, exchange.Id, "bob", -1, "second words");
        Assert.False(folder.Holds(first));
        byte[] second = folder.Scalar<byte[]>("SELECT comment FROM ratings");
        Assert.True(folder.Holds(second));
        await store.RetractRatingAsync(exchange.Id, store.PseudonymOf(Platforms.Web, "bob"), default);
        Assert.False(folder.Holds(second));
    }

    [Fact]
    public async Task Ciphertexts_cannot_be_moved_to_another_row_or_column_or_changed()
    {
        await using SqliteFeedbackStore store = folder.Open();
        ExchangeRecord a = await folder.AddAsync(store, "a"), b = await folder.AddAsync(store, "b");
        folder.Execute($"UPDATE exchanges SET prompt = (SELECT prompt FROM exchanges WHERE id = '{b.Id}') WHERE id = '{a.Id}'");
        await RefusedAsync($"exchanges.prompt of row {a.Id} does not open", () => store.FindExchangeAsync(a.Id, default));
        folder.Execute($"UPDATE exchanges SET prompt = reply WHERE id = '{b.Id}'");
        await RefusedAsync("does not open", () => store.FindExchangeAsync(b.Id, default));
        ExchangeRecord c = await folder.AddAsync(store, "c");
        folder.Execute($"UPDATE exchanges SET prompt = CAST(substr(prompt, 1, length(prompt) - 1) || x'00' AS BLOB) WHERE id = '{c.Id}'");
        await RefusedAsync("does not open", () => store.FindExchangeAsync(c.Id, default));
        folder.Execute($"UPDATE exchanges SET prompt = x'01' WHERE id = '{c.Id}'");
        await RefusedAsync("does not open", () => store.FindExchangeAsync(c.Id, default));
        Assert.Equal(1, (await store.DeleteExchangeAsync(c.Id, default)).Exchanges);       // a damaged row can still be deleted
    }

    [Fact]
    public async Task Files_are_readable_for_their_owner_only()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }
        await using SqliteFeedbackStore store = folder.Open();
        await folder.AddAsync(store, "q");
        string[] files = Directory.GetFiles(folder.Folder);
        Assert.Contains(folder.Database + "-wal", files);
        Assert.Contains(StoreKey.FileBeside(folder.Database), files);
        foreach (string file in files)
        {
            Assert.True(File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite), file);
        }
    }

    [Fact]
    public async Task A_wrong_missing_or_malformed_key_is_explained()
    {
        Guid id;
        await using (SqliteFeedbackStore store = folder.Open())
        {
            id = (await folder.AddAsync(store, "q")).Id;
        }
        string file = StoreKey.FileBeside(folder.Database), text = await File.ReadAllTextAsync(file);
        Refused("does not open this store", () => SqliteFeedbackStore.Open(new SqliteFeedbackOptions { Path = folder.Database }, StoreKey.Create("elsewhere"), folder.Clock));
        Refused("must be 32 bytes in base64", () => StoreKey.Find("c2hvcnQ=", folder.Database));
        Refused("must be 32 bytes in base64", () => StoreKey.Find(new string('A', 5_000), folder.Database));
        File.Delete(file);
        Refused("is missing", () => folder.Open());
        Assert.False(File.Exists(file));
        await using SqliteFeedbackStore again = SqliteFeedbackStore.Open(new SqliteFeedbackOptions { Path = folder.Database }, StoreKey.Find(text, folder.Database), folder.Clock);
        Assert.Equal("q", (await again.FindExchangeAsync(id, default))!.Prompt);
    }

    [Fact]
    public async Task A_new_key_replaces_the_old_one_and_keeps_texts_and_pseudonyms()
    {
        await using SqliteFeedbackStore store = folder.Open();
        ExchangeRecord exchange = await folder.AddAsync(store, "q");
        var old = StoreKey.Find(null, folder.Database);
        var next = StoreKey.Create("test");
        byte[] oldWrapped = folder.Scalar<byte[]>("SELECT value FROM meta");
        await RefusedAsync("does not open this store", () => store.RotateKeyAsync(next, next, default));
        await store.RotateKeyAsync(old, next, default);
        Assert.False(folder.Holds(oldWrapped));
        var options = new SqliteFeedbackOptions { Path = folder.Database };
        Refused("does not open this store", () => SqliteFeedbackStore.Open(options, old, folder.Clock));
        await using var again = SqliteFeedbackStore.Open(options, next, folder.Clock);
        Assert.Equal(("q", exchange.Person), ((await again.FindExchangeAsync(exchange.Id, default))!.Prompt, again.PseudonymOf(Platforms.Web, "alice")));
    }

    private static void Refused(string message, Action act) =>
        Assert.Contains(message, Assert.Throws<FeedbackException>(act).Message, StringComparison.Ordinal);

    private static async Task RefusedAsync(string message, Func<Task> act) =>
        Assert.Contains(message, (await Assert.ThrowsAsync<FeedbackException>(act)).Message, StringComparison.Ordinal);
}
