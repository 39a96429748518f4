using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace MicroChat.Feedback.Security;

/// <summary>
/// AES-256-GCM over single columns (NIST SP 800-38D) and HMAC-SHA256 for pseudonyms; both keys come from the store's data key by HKDF (RFC 5869).
/// A ciphertext is bound to its table, column and row: moved elsewhere it does not open.
/// </summary>
/// <remarks>Layout of a ciphertext: version (1 byte), nonce (12), tag (16), data. Nonces are random, safe for 2³² texts.</remarks>
internal sealed class TextCipher
{
    public const int KeyLength = 32;

    private const byte Version = 1;
    private const int NonceLength = 12, TagLength = 16, HeaderLength = 1 + NonceLength + TagLength;
    private const string DataKeyPlace = "meta.data_key";

    private readonly byte[] textKey, personKey;

    private TextCipher(byte[] dataKey)
    {
        textKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, dataKey, KeyLength, info: "microchat feedback text"u8.ToArray());
        personKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, dataKey, KeyLength, info: "microchat feedback person"u8.ToArray());
    }

    /// <summary>A new data key, encrypted under the store's key.</summary>
    public static byte[] NewDataKey(StoreKey key) => Seal(key.Bytes, RandomNumberGenerator.GetBytes(KeyLength), DataKeyPlace);

    /// <summary>Opens the data key.</summary>
    /// <returns>Null: another store key encrypted it, or it is damaged.</returns>
    public static TextCipher? Open(byte[] sealedDataKey, StoreKey key) =>
        TryOpen(key.Bytes, sealedDataKey, DataKeyPlace, out byte[] dataKey) && dataKey.Length == KeyLength ? new TextCipher(dataKey) : null;

    /// <summary>The data key under another store key.</summary>
    /// <returns>Null: <paramref name="old"/> does not open it.</returns>
    public static byte[]? Rewrap(byte[] sealedDataKey, StoreKey old, StoreKey next) =>
        TryOpen(old.Bytes, sealedDataKey, DataKeyPlace, out byte[] dataKey) ? Seal(next.Bytes, dataKey, DataKeyPlace) : null;

    public Pseudonym PseudonymOf(string platform, string userId)
    {
        byte[] hash = HMACSHA256.HashData(personKey, Encoding.UTF8.GetBytes($"{platform}\0{userId}"));
        return Pseudonym.Parse(Convert.ToHexStringLower(hash.AsSpan(0, Pseudonym.Length / 2)));
    }

    /// <param name="text">Null stays null.</param>
    /// <param name="column">Table and column: "exchanges.prompt".</param>
    /// <param name="row">Id of the row.</param>
    public byte[]? Seal(string? text, string column, Guid row) => text is null ? null : Seal(textKey, Encoding.UTF8.GetBytes(text), At(column, row));

    /// <summary>Encrypts numbers of 4 bytes; none give null.</summary>
    public byte[]? Seal<T>(IReadOnlyList<T> numbers, string column, Guid row)
        where T : unmanaged
    {
        if (numbers.Count == 0)
        {
            return null;
        }
        Span<byte> bytes = MemoryMarshal.AsBytes(numbers.ToArray().AsSpan());
        Flip(bytes);
        return Seal(textKey, bytes, At(column, row));
    }

    /// <exception cref="FeedbackException">It was changed, moved or damaged.</exception>
    public string? OpenText(byte[]? cipher, string column, Guid row) => cipher is null ? null : Encoding.UTF8.GetString(OpenBytes(cipher, column, row));

    /// <exception cref="FeedbackException">It was changed, moved or damaged.</exception>
    public T[] OpenNumbers<T>(byte[]? cipher, string column, Guid row)
        where T : unmanaged
    {
        if (cipher is null)
        {
            return [];
        }
        byte[] bytes = OpenBytes(cipher, column, row);
        Flip(bytes);
        return MemoryMarshal.Cast<byte, T>(bytes).ToArray();
    }

    private byte[] OpenBytes(byte[] cipher, string column, Guid row) => TryOpen(textKey, cipher, At(column, row), out byte[] plain) ? plain
        : throw new FeedbackException(
            $"{column} of row {row} does not open: it was changed outside of this program, or the file is damaged. Delete the row (`feedback forget --exchange {row}`) or restore a backup.");

    private static string At(string column, Guid row) => $"{column}:{row:D}";

    private static byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plain, string place)
    {
        var cipher = new byte[HeaderLength + plain.Length];
        cipher[0] = Version;
        Span<byte> nonce = cipher.AsSpan(1, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(nonce, plain, cipher.AsSpan(HeaderLength), cipher.AsSpan(1 + NonceLength, TagLength), Encoding.UTF8.GetBytes(place));
        return cipher;
    }

    private static bool TryOpen(ReadOnlySpan<byte> key, ReadOnlySpan<byte> cipher, string place, out byte[] plain)
    {
        plain = [];
        if (cipher.Length < HeaderLength || cipher[0] != Version)
        {
            return false;
        }
        var opened = new byte[cipher.Length - HeaderLength];
        using var aes = new AesGcm(key, TagLength);
        try
        {
            aes.Decrypt(cipher.Slice(1, NonceLength), cipher[HeaderLength..], cipher.Slice(1 + NonceLength, TagLength), opened, Encoding.UTF8.GetBytes(place));
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        plain = opened;
        return true;
    }

    /// <summary>Stored numbers are little-endian on every machine.</summary>
    private static void Flip(Span<byte> bytes)
    {
        if (!BitConverter.IsLittleEndian)
        {
            Span<int> words = MemoryMarshal.Cast<byte, int>(bytes);
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }
}
