package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
	// Proofs of every record of a large log take minutes; the last one is always proven.
	most = 500
)

// tiles reads the tiles of a log in a folder. Where a partial one is gone, the full one has taken its place.
type tiles string

func (dir tiles) Height() int { return height }

func (dir tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		data, err := dir.read(tile)
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func (dir tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// pathOf is where C2SP tlog-tiles puts a tile: without its height, and with bundles of entries as `entries`.
func pathOf(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

func (dir tiles) read(tile tlog.Tile) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(string(dir), pathOf(tile)))
	if !errors.Is(err, fs.ErrNotExist) || tile.W == width {
		return data, err
	}
	full := tile
	full.W = width
	data, err = os.ReadFile(filepath.Join(string(dir), pathOf(full)))
	if err != nil || tile.L == -1 {
		return data, err
	}
	return data[:tile.W*tlog.HashSize], nil
}

func checkpointIn(path string, verifier note.Verifier) (tlog.Tree, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("%s is no checkpoint of %s", path, verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// sumdb checks all that was signed of a log: the hashes of its tiles, every entry, proofs of records, and each checkpoint against the one before.
func sumdb(dir, key string) error {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return err
	}
	newest, err := checkpointIn(filepath.Join(dir, "checkpoint"), verifier)
	if err != nil {
		return err
	}
	hashes := tlog.TileHashReader(newest, tiles(dir))
	root, err := tlog.TreeHash(newest.N, hashes)
	if err != nil {
		return err
	}
	if root != newest.Hash {
		return fmt.Errorf("tiles lead to %v instead of %v", root, newest.Hash)
	}
	if err := records(tiles(dir), newest, hashes); err != nil {
		return err
	}
	return history(dir, verifier, newest, hashes)
}

func records(dir tiles, tree tlog.Tree, hashes tlog.HashReader) error {
	step := max(1, tree.N/most)
	for at := int64(0); at < tree.N; at += width {
		count := min(width, tree.N-at)
		bundle, err := dir.read(tlog.Tile{H: height, L: -1, N: at / width, W: int(count)})
		if err != nil {
			return err
		}
		indexes := make([]int64, count)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, at+int64(i))
		}
		stored, err := hashes.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i := range count {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return fmt.Errorf("entry %d is cut off", at+i)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			leaf := tlog.RecordHash(bundle[2:end])
			bundle = bundle[end:]
			if leaf != stored[i] {
				return fmt.Errorf("entry %d is not the one of its tile", at+i)
			}
			if (at+i)%step != 0 && at+i != tree.N-1 {
				continue
			}
			proof, err := tlog.ProveRecord(tree.N, at+i, hashes)
			if err != nil {
				return err
			}
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, at+i, leaf); err != nil {
				return err
			}
		}
	}
	return nil
}

func history(dir string, verifier note.Verifier, newest tlog.Tree, hashes tlog.HashReader) error {
	paths, err := filepath.Glob(filepath.Join(dir, "checkpoints", "*"))
	if err != nil {
		return err
	}
	var trees []tlog.Tree
	for _, path := range paths {
		tree, err := checkpointIn(path, verifier)
		if err != nil {
			return err
		}
		trees = append(trees, tree)
	}
	trees = append(trees, newest)
	slices.SortFunc(trees, func(one, other tlog.Tree) int { return int(one.N - other.N) })
	for i := 1; i < len(trees); i++ {
		older, newer := trees[i-1], trees[i]
		proof, err := tlog.ProveTree(newer.N, older.N, hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, newer.N, newer.Hash, older.N, older.Hash); err != nil {
			return fmt.Errorf("size %d does not go on from size %d: %w", newer.N, older.N, err)
		}
	}
	return nil
}
