using MicroChat.Model.Checkpoints;

namespace MicroChat.Tests.Checkpoints;

public sealed class AtomicWriteTests
{
    [Fact]
    public void A_full_disk_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TempFolder();
        string path = folder.Write("config.json", "old");
        CheckpointException e = Assert.Throws<CheckpointException>(() =>
            AtomicFile.Write(path, stream => stream.Write(new byte[5000]), temporary => new FullDisk(temporary, room: 1000)));
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        Assert.Contains("No space left", e.Message, StringComparison.Ordinal);
        Assert.Equal(["config.json"], folder.Names());
        Assert.Equal("old", File.ReadAllText(path));
    }

    [Fact]
    public void The_systems_own_full_device_is_explained()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/full exists on Linux only.");
        using var folder = new TempFolder();
        CheckpointException e = Assert.Throws<CheckpointException>(() => AtomicFile.Write(
            folder.File("x"), stream => stream.Write(new byte[100_000]), _ => new FileStream("/dev/full", FileMode.Open, FileAccess.Write)));
        Assert.Contains("free some space", e.Message, StringComparison.Ordinal);
        Assert.Empty(folder.Names());
    }

    [Fact]
    public void A_source_that_fails_halfway_leaves_no_half_checkpoint()
    {
        using var folder = new TempFolder();
        string path = folder.Write("model.safetensors", "old");
        TensorSource fails = TensorSource.Floats("w", TensorType.F32, [1_000_000], (start, _) =>
        {
            if (start > 500_000)
            {
                throw new InvalidOperationException("the source broke");
            }
        });
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(path, [fails], new Dictionary<string, string>()));
        Assert.Equal(["model.safetensors"], folder.Names());
        Assert.Equal("old", File.ReadAllText(path));
    }

    [Fact]
    public void A_file_is_replaced_whole_and_missing_folders_are_made()
    {
        using var folder = new TempFolder();
        string path = Path.Combine(folder.Path, "a", "b", "x.txt");
        AtomicFile.WriteText(path, "one");
        AtomicFile.WriteText(path, "two");
        Assert.Equal("two", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void What_a_killed_write_left_is_cleared_but_a_write_in_progress_is_not_disturbed()
    {
        using var folder = new TempFolder();
        folder.Write($".x.txt.{new string('0', 32)}.tmp", "half");
        AtomicFile.Write(folder.File("x.txt"), outer =>
        {
            AtomicFile.WriteText(folder.File("x.txt"), "inner");
            outer.Write("outer"u8);
        });
        Assert.Equal(["x.txt"], folder.Names());
        Assert.Equal("outer", File.ReadAllText(folder.File("x.txt")));
    }

    [Fact]
    public void A_name_twice_or_reserved_is_refused_before_anything_is_written()
    {
        using var folder = new TempFolder();
        TensorSource one = TensorSource.Floats("w", TensorType.F32, [1], new float[1]), reserved = TensorSource.Floats("__metadata__", TensorType.F32, [1], new float[1]);
        var none = new Dictionary<string, string>();
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder.File("x"), [one, one], none));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder.File("x"), [reserved], none));
        Assert.Throws<ArgumentException>(() => TensorSource.Floats("w", TensorType.F32, [2], new float[1]));
        Assert.Empty(folder.Names());
    }

    [Fact]
    public void A_folder_is_replaced_at_once()
    {
        using var folder = new TempFolder();
        string target = folder.File("checkpoint");
        AtomicFolder.Write(target, inside => File.WriteAllText(Path.Combine(inside, "a"), "1"));
        AtomicFolder.Write(target, inside =>
        {
            Assert.True(File.Exists(Path.Combine(target, "a")), "the previous folder must stay until the new one is whole");
            File.WriteAllText(Path.Combine(inside, "b"), "2");
        });
        Assert.Equal(["checkpoint"], folder.Names());
        Assert.Equal(["b"], Directory.GetFiles(target).Select(Path.GetFileName));
    }

    [Fact]
    public void A_folder_that_fails_halfway_leaves_the_previous_one()
    {
        using var folder = new TempFolder();
        string target = folder.File("checkpoint");
        AtomicFolder.Write(target, inside => File.WriteAllText(Path.Combine(inside, "a"), "1"));
        Assert.Throws<CheckpointException>(() => AtomicFolder.Write(target, inside =>
        {
            File.WriteAllText(Path.Combine(inside, "b"), "2");
            throw new IOException("No space left on device");
        }));
        Assert.Equal(["checkpoint"], folder.Names());
        Assert.True(File.Exists(Path.Combine(target, "a")));
    }

    [Fact]
    public void A_kill_between_the_two_renames_is_mended()
    {
        using var folder = new TempFolder();
        string target = folder.File("checkpoint");
        AtomicFolder.Write(target, inside => File.WriteAllText(Path.Combine(inside, "a"), "1"));
        Directory.Move(target, folder.File(".checkpoint.old"));
        Directory.CreateDirectory(folder.File(".checkpoint.new"));
        AtomicFolder.Recover(target);
        Assert.True(File.Exists(Path.Combine(target, "a")));
        AtomicFolder.Write(target, inside => File.WriteAllText(Path.Combine(inside, "c"), "3"));
        Assert.Equal(["checkpoint"], folder.Names());
    }

    /// <summary>A file on a disk with room for so many bytes.</summary>
    private sealed class FullDisk(string path, int room) : FileStream(path, FileMode.CreateNew, FileAccess.Write)
    {
        private int _room = room;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(buffer[..Math.Min(buffer.Length, _room)]);
            _room -= buffer.Length;
            if (_room < 0)
            {
                throw new IOException("No space left on device");
            }
        }
    }
}
