package bench

//lint:file-ignore U1000 msgpack looks for fields called _msgpack

// The Go types of the workloads. The fields have one name in all formats, and
// the positional structs are arrays where a format has these for structs.
//
//msgp:tag json
//msgp:tuple Metric Point TaskArgs Task

//go:generate go tool msgp -file types.go -o types_msgp.go -tests=false -io=false

// Records is a table as lists of dicts are used for it.
type Records []Record

// Record has the usual types of columns.
type Record struct {
	ID      int64    `pickle:"id" json:"id"`
	Name    string   `pickle:"name" json:"name"`
	Email   string   `pickle:"email" json:"email"`
	Age     int      `pickle:"age" json:"age"`
	Score   float64  `pickle:"score" json:"score"`
	Active  bool     `pickle:"active" json:"active"`
	Tags    []string `pickle:"tags" json:"tags"`
	Balance int64    `pickle:"balance" json:"balance"`
	City    string   `pickle:"city" json:"city"`
	Zip     string   `pickle:"zip" json:"zip"`
	Created float64  `pickle:"created" json:"created"`
	Note    *string  `pickle:"note" json:"note"`
}

// Particles are instances of a class, each with one of another class.
type Particles []Particle

// Particle is the dataclass generate.Particle.
type Particle struct {
	Number   int64    `pickle:"number" json:"number"`
	Label    string   `pickle:"label" json:"label"`
	Mass     float64  `pickle:"mass" json:"mass"`
	Charge   float64  `pickle:"charge" json:"charge"`
	Fixed    bool     `pickle:"fixed" json:"fixed"`
	Kind     string   `pickle:"kind" json:"kind"`
	Hits     []int64  `pickle:"hits" json:"hits"`
	Position Position `pickle:"position" json:"position"`
}

// Position is the dataclass generate.Position.
type Position struct {
	X float64 `pickle:"x" json:"x"`
	Y float64 `pickle:"y" json:"y"`
	Z float64 `pickle:"z" json:"z"`
}

// Metrics is a message of Graphite's carbon.
type Metrics []Metric

// Metric is a tuple.
type Metric struct {
	_        struct{} `pickle:",tuple" cbor:",toarray" json:"-"`
	_msgpack struct{} `msgpack:",as_array" json:"-"`
	Path     string   `json:"path"`
	Point    Point    `json:"point"`
}

// Point is a tuple.
type Point struct {
	_        struct{} `pickle:",tuple" cbor:",toarray" json:"-"`
	_msgpack struct{} `msgpack:",as_array" json:"-"`
	Time     int64    `json:"time"`
	Value    float64  `json:"value"`
}

// Graph is a tree, and items that are referred to many times each.
type Graph struct {
	Root  *Node   `pickle:"root" json:"root"`
	Items []*Item `pickle:"items" json:"items"`
	Links []*Item `pickle:"links" json:"links"`
}

// Node is a node of the tree.
type Node struct {
	Number   int64   `pickle:"number" json:"number"`
	Name     string  `pickle:"name" json:"name"`
	Level    int     `pickle:"level" json:"level"`
	Children []*Node `pickle:"children" json:"children"`
}

// Item is what the links refer to.
type Item struct {
	Key    string  `pickle:"key" json:"key"`
	Weight float64 `pickle:"weight" json:"weight"`
	Rank   int     `pickle:"rank" json:"rank"`
}

// Session is a small session of a web application.
type Session struct {
	SessionID string   `pickle:"session_id" json:"session_id"`
	UserID    int64    `pickle:"user_id" json:"user_id"`
	Username  string   `pickle:"username" json:"username"`
	IsStaff   bool     `pickle:"is_staff" json:"is_staff"`
	Language  string   `pickle:"language" json:"language"`
	TimeZone  string   `pickle:"time_zone" json:"time_zone"`
	CSRFToken string   `pickle:"csrf_token" json:"csrf_token"`
	LastSeen  float64  `pickle:"last_seen" json:"last_seen"`
	Cart      []int64  `pickle:"cart" json:"cart"`
	Roles     []string `pickle:"roles" json:"roles"`
	Visits    int      `pickle:"visits" json:"visits"`
}

// DjangoSession is a session of a shop that uses Django.
type DjangoSession struct {
	UserID         string     `pickle:"_auth_user_id" json:"_auth_user_id"`
	Backend        string     `pickle:"_auth_user_backend" json:"_auth_user_backend"`
	Hash           string     `pickle:"_auth_user_hash" json:"_auth_user_hash"`
	Expiry         int64      `pickle:"_session_expiry" json:"_session_expiry"`
	Language       string     `pickle:"_language" json:"_language"`
	LastActivity   string     `pickle:"last_activity" json:"last_activity"`
	Cart           []CartItem `pickle:"cart" json:"cart"`
	RecentlyViewed []int64    `pickle:"recently_viewed" json:"recently_viewed"`
	Coupon         *string    `pickle:"coupon" json:"coupon"`
	AcceptedTerms  bool       `pickle:"accepted_terms" json:"accepted_terms"`
}

// CartItem is a line of the shopping cart.
type CartItem struct {
	SKU       string `pickle:"sku" json:"sku"`
	Title     string `pickle:"title" json:"title"`
	Quantity  int    `pickle:"quantity" json:"quantity"`
	UnitPrice string `pickle:"unit_price" json:"unit_price"`
	Added     string `pickle:"added" json:"added"`
}

// Task is the body of a message of Celery, a tuple.
type Task struct {
	_        struct{}   `pickle:",tuple" cbor:",toarray" json:"-"`
	_msgpack struct{}   `msgpack:",as_array" json:"-"`
	Args     TaskArgs   `json:"args"`
	Kwargs   TaskKwargs `json:"kwargs"`
	Embed    TaskEmbed  `json:"embed"`
}

// TaskArgs are the positional arguments of the task, a tuple.
type TaskArgs struct {
	_        struct{} `pickle:",tuple" cbor:",toarray" json:"-"`
	_msgpack struct{} `msgpack:",as_array" json:"-"`
	User     int64    `json:"user"`
	Template string   `json:"template"`
}

// TaskKwargs are the keyword arguments of the task.
type TaskKwargs struct {
	To        []string    `pickle:"to" json:"to"`
	Context   TaskContext `pickle:"context" json:"context"`
	Attempt   int         `pickle:"attempt" json:"attempt"`
	Countdown float64     `pickle:"countdown" json:"countdown"`
}

// TaskContext is what the task's template is filled with.
type TaskContext struct {
	Order    int64  `pickle:"order" json:"order"`
	Total    string `pickle:"total" json:"total"`
	Currency string `pickle:"currency" json:"currency"`
	Items    int    `pickle:"items" json:"items"`
}

// TaskEmbed is what Celery does after the task.
type TaskEmbed struct {
	Callbacks []string `pickle:"callbacks" json:"callbacks"`
	Errbacks  []string `pickle:"errbacks" json:"errbacks"`
	Chain     []string `pickle:"chain" json:"chain"`
	Chord     *string  `pickle:"chord" json:"chord"`
}

// LogRecord has the attributes of a record of Python's logging.
type LogRecord struct {
	Name            string  `pickle:"name" json:"name"`
	Msg             string  `pickle:"msg" json:"msg"`
	Args            *string `pickle:"args" json:"args"`
	LevelName       string  `pickle:"levelname" json:"levelname"`
	LevelNo         int     `pickle:"levelno" json:"levelno"`
	PathName        string  `pickle:"pathname" json:"pathname"`
	FileName        string  `pickle:"filename" json:"filename"`
	Module          string  `pickle:"module" json:"module"`
	ExcInfo         *string `pickle:"exc_info" json:"exc_info"`
	ExcText         *string `pickle:"exc_text" json:"exc_text"`
	StackInfo       *string `pickle:"stack_info" json:"stack_info"`
	LineNo          int     `pickle:"lineno" json:"lineno"`
	FuncName        string  `pickle:"funcName" json:"funcName"`
	Created         float64 `pickle:"created" json:"created"`
	Msecs           float64 `pickle:"msecs" json:"msecs"`
	RelativeCreated float64 `pickle:"relativeCreated" json:"relativeCreated"`
	Thread          int64   `pickle:"thread" json:"thread"`
	ThreadName      string  `pickle:"threadName" json:"threadName"`
	ProcessName     string  `pickle:"processName" json:"processName"`
	Process         int     `pickle:"process" json:"process"`
	TaskName        *string `pickle:"taskName" json:"taskName"`
}

// Types that stand for []int64 and so on, which generated code needs a name for.
type (
	Ints    []int64
	Floats  []float64
	Strings []string
	Blob    []byte
	Blobs   map[string][]byte
	Lists   [][]int64
)
