using MicroChat.Feedback;
using MicroChat.Feedback.Security;
using MicroChat.Feedback.Sqlite;

namespace MicroChat.Tests.Feedback;

/// <summary>The SQLite store keeps the contract.</summary>
public sealed class SqliteFeedbackStoreTests : FeedbackStoreContract
{
    private protected override Task<IFeedbackStore> OpenEmptyAsync(TimeProvider time, string name)
    {
        string path = Path.Combine(Folder, name + ".db");
        return Task.FromResult<IFeedbackStore>(SqliteFeedbackStore.Open(new SqliteFeedbackOptions { Path = path }, StoreKey.Find(null, path), time));
    }
}
